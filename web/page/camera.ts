/** One picture from the camera; it is switched off in every case. */
import { RequestError } from "./client.ts";
import { byId } from "./dom.ts";

const dialog = byId("camera", HTMLDialogElement);
const video = byId("video", HTMLVideoElement);
const shoot = byId("shoot", HTMLButtonElement);

/** True from the click until the camera is off: a second click opens no second camera. */
let busy = false;

const failure = (message: string): RequestError => new RequestError({ reason: "camera", message });

/** Resolves to a picture, or to null where the person changed their mind. Rejects, in words for people, where there is no camera. */
export async function pictureFromCamera(): Promise<Blob | null> {
  if (busy) return null;
  busy = true;
  let stream: MediaStream | null = null;
  try {
    stream = await openCamera();
    video.srcObject = stream;
    await video.play();
    dialog.showModal();
    shoot.focus();
    return await taken(stream);
  } finally {
    for (const track of stream?.getTracks() ?? []) track.stop();
    video.srcObject = null;
    if (dialog.open) dialog.close();
    busy = false;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  NotAllowedError: "the camera was not allowed; the browser's settings for this page can allow it",
  NotFoundError: "no camera was found",
  NotReadableError: "the camera could not be opened; maybe another program uses it",
};

async function openCamera(): Promise<MediaStream> {
  if (!navigator.mediaDevices?.getUserMedia) throw failure("this browser gives pages no camera here (it needs https or localhost)");
  try {
    return await navigator.mediaDevices.getUserMedia({ video: { facingMode: "user", width: { ideal: 1280 } } });
  } catch (error) {
    const name = error instanceof DOMException ? error.name : "";
    throw failure(REASONS[name] ?? `the camera could not be opened (${name || error})`);
  }
}

/** Waits for the button, for the dialog being left, or for the camera being unplugged. */
function taken(stream: MediaStream): Promise<Blob | null> {
  const done = new AbortController();
  const { signal } = done;
  const outcome = new Promise<Blob | null>((resolve, reject) => {
    dialog.addEventListener("close", () => resolve(null), { signal });
    for (const track of stream.getTracks())
      track.addEventListener("ended", () => reject(failure("the camera was switched off or unplugged")), { signal });
    shoot.addEventListener("click", () => shot().then(resolve, reject), { signal });
  });
  return outcome.finally(() => done.abort());
}

/** What the camera shows now. */
async function shot(): Promise<Blob> {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  canvas.getContext("2d")?.drawImage(video, 0, 0);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
  if (!blob) throw failure("the camera has shown nothing yet");
  return blob;
}
