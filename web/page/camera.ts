/** One picture from the camera; it is switched off again whatever happens. */
import { byId } from "./dom.ts";

const dialog = byId("camera", HTMLDialogElement);
const video = byId("video", HTMLVideoElement);
const shoot = byId("shoot", HTMLButtonElement);

/** Resolves to a picture, or to null where the person changed their mind. Rejects, in words for people, where there is no camera. */
export async function pictureFromCamera(): Promise<Blob | null> {
  const stream = await openCamera();
  video.srcObject = stream;
  await video.play();
  dialog.showModal();
  shoot.focus();
  try {
    return await taken();
  } finally {
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
    if (dialog.open) dialog.close();
  }
}

async function openCamera(): Promise<MediaStream> {
  if (!navigator.mediaDevices?.getUserMedia) throw new Error("this browser gives pages no camera here (it needs https or localhost)");
  try {
    return await navigator.mediaDevices.getUserMedia({ video: { facingMode: "user", width: { ideal: 1280 } } });
  } catch (error) {
    const denied = error instanceof DOMException && error.name === "NotAllowedError";
    throw new Error(denied ? "the camera was not allowed" : "no camera was found");
  }
}

function taken(): Promise<Blob | null> {
  return new Promise((resolve) => {
    const done = new AbortController();
    const end = (blob: Blob | null): void => {
      done.abort();
      resolve(blob);
    };
    dialog.addEventListener("close", () => end(null), { signal: done.signal });
    shoot.addEventListener(
      "click",
      () => {
        const canvas = document.createElement("canvas");
        [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
        canvas.getContext("2d")?.drawImage(video, 0, 0);
        canvas.toBlob(end, "image/png");
      },
      { signal: done.signal },
    );
  });
}
