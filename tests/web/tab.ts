/** A tab of headless Chromium that a test drives as a person would: over the browser's debugging pipe. */
import { type Browser, launch } from "../browser/chromium.ts";

export interface TabOptions {
  readonly width: number;
  readonly height: number;
  readonly dark?: boolean;
  /** A telephone: touch, and the viewport that the page's meta element asks for. */
  readonly mobile?: boolean;
  /** Runs before the page's own scripts. */
  readonly before?: string;
  /** More flags of Chromium. */
  readonly flags?: readonly string[];
}

type Message = {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: unknown;
};
type Send = (method: string, params?: object) => Promise<Record<string, unknown>>;

export interface Tab {
  readonly send: Send;
  /** The value of an expression in the page; a promise is waited for. */
  evaluate<T>(expression: string): Promise<T>;
  /** Waits until an expression is true. */
  until(expression: string, timeoutMs?: number): Promise<void>;
  /** Gives files to an <input type=file>. */
  choose(selector: string, ...files: readonly string[]): Promise<void>;
  /** Drops files of this machine in the middle of the page. */
  drop(...files: readonly string[]): Promise<void>;
  press(key: string): Promise<void>;
  /** Does something that downloads a file into `folder`, and waits until all of the file is there. */
  download(folder: string, start: () => Promise<void>): Promise<void>;
  screenshot(): Promise<Buffer>;
  /** What the page wrote as errors, exceptions and refusals by its content policy included. */
  readonly errors: readonly string[];
  close(): Promise<void>;
}

/** Messages over the pipe, to the browser or (with a session) to a tab. */
function connect({ pipe, ended }: Browser, hear: (message: Message) => void) {
  const waiting = new Map<number, { resolve: (result: Record<string, unknown>) => void; reject: (error: Error) => void }>();
  let [last, rest] = [0, ""];
  pipe.output.setEncoding("utf8");
  pipe.output.on("data", (chunk: string) => {
    const parts = (rest + chunk).split("\0");
    rest = parts.pop() ?? "";
    for (const part of parts) {
      const message = JSON.parse(part) as Message;
      const request = message.id === undefined ? undefined : waiting.get(message.id);
      if (!request) hear(message);
      else if (message.error) request.reject(new Error(JSON.stringify(message.error)));
      else request.resolve((message.result ?? {}) as Record<string, unknown>);
      waiting.delete(message.id ?? -1);
    }
  });
  pipe.input.on("error", () => undefined);
  void ended.then((last) => {
    for (const { reject } of waiting.values()) reject(new Error(`the browser ended: ${last}`));
  });
  return (method: string, params: object = {}, sessionId?: string): Promise<Record<string, unknown>> =>
    new Promise((resolve, reject) => {
      const id = ++last;
      waiting.set(id, { resolve, reject });
      pipe.input.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export async function openTab(url: string, options: TabOptions): Promise<Tab> {
  const browser = await launch("about:blank", options.flags);
  const errors: string[] = [];
  const listeners = new Map<string, (params: unknown) => void>();
  const speak = connect(browser, ({ method, params }) => {
    listeners.get(method ?? "")?.(params);
    const text = JSON.stringify(params);
    const failed = method === "Runtime.exceptionThrown" || (method === "Log.entryAdded" && text.includes('"level":"error"'));
    if (failed) errors.push(text);
  });
  const { targetId } = await speak("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await speak("Target.attachToTarget", { targetId, flatten: true });
  const send: Send = (method, params) => speak(method, params, sessionId as string);
  const { width, height, dark = false, mobile = false, before } = options;
  for (const domain of ["Page", "Runtime", "Log", "DOM"]) await send(`${domain}.enable`);
  await send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile });
  await send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: dark ? "dark" : "light" }] });
  if (before) await send("Page.addScriptToEvaluateOnNewDocument", { source: before });
  await send("Page.navigate", { url });
  const tab = tabOf(send, browser, errors, listeners, { x: width / 2, y: height / 2 });
  await tab.until("document.readyState === 'complete'", 30_000);
  return tab;
}

type Listeners = Map<string, (params: unknown) => void>;

function tabOf(
  send: Send,
  browser: Browser,
  errors: readonly string[],
  listeners: Listeners,
  middle: { readonly x: number; readonly y: number },
): Tab {
  const evaluate = async <T>(expression: string): Promise<T> => {
    const { result, exceptionDetails } = await send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(`${expression}: ${JSON.stringify(exceptionDetails)}`);
    return (result as { readonly value: T }).value;
  };
  return {
    send,
    evaluate,
    errors,
    async until(expression, timeoutMs = 120_000) {
      const end = Date.now() + timeoutMs;
      while (!(await evaluate<boolean>(`Boolean(${expression})`))) {
        if (Date.now() > end) {
          const shown = await evaluate<string>("document.body.innerText");
          throw new Error(`not within ${timeoutMs} ms: ${expression}\n${shown}\n${errors.join("\n")}`);
        }
        await pause(60);
      }
    },
    async choose(selector, ...files) {
      const { result } = await send("Runtime.evaluate", { expression: `document.querySelector(${JSON.stringify(selector)})` });
      await send("DOM.setFileInputFiles", { files, objectId: (result as { readonly objectId: string }).objectId });
    },
    async drop(...files) {
      const data = { items: [], files, dragOperationsMask: 1 };
      for (const type of ["dragEnter", "dragOver", "drop"]) await send("Input.dispatchDragEvent", { type, ...middle, data });
    },
    async press(key) {
      const text = key === "Enter" ? "\r" : key === " " ? " " : undefined;
      const codes: Readonly<Record<string, number>> = { Tab: 9, Enter: 13, Escape: 27, " ": 32, ArrowRight: 39, ArrowDown: 40 };
      const event = { key, code: key === " " ? "Space" : key, windowsVirtualKeyCode: codes[key] };
      await send("Input.dispatchKeyEvent", { type: text ? "keyDown" : "rawKeyDown", ...event, text });
      await send("Input.dispatchKeyEvent", { type: "keyUp", ...event });
    },
    async download(folder, start) {
      const done = new Promise<void>((resolve, reject) => {
        listeners.set("Browser.downloadProgress", (params) => {
          const { state } = params as { readonly state: string };
          if (state === "completed") resolve();
          else if (state === "canceled") reject(new Error("the download was cancelled"));
        });
      });
      await send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: folder, eventsEnabled: true });
      await start();
      await done;
    },
    async screenshot() {
      const { data } = await send("Page.captureScreenshot", { format: "png", captureBeyondViewport: true });
      return Buffer.from(data as string, "base64");
    },
    close: () => browser.close(),
  };
}
