/** What a person sees of the page, for tests that use it. */
import type { Tab } from "./tab.ts";

export interface Sight {
  text(selector: string): Promise<string>;
  click(selector: string): Promise<void>;
  /** An expression: whether an element is to be seen. */
  shown(selector: string): string;
  /** Waits for the sentence below the picture, and for no work going on. */
  captioned(pattern: RegExp): Promise<void>;
  /** Waits for a sentence about what went wrong. */
  problem(pattern: RegExp): Promise<void>;
}

/** An expression of the page. */
export const element = (selector: string): string => `document.querySelector(${JSON.stringify(selector)})`;

/** `tab`: asked when it is needed, so that it may be opened later. */
export function sightOf(tab: () => Tab): Sight {
  const idle = (selector: string, pattern: RegExp): Promise<void> =>
    tab().until(`${pattern}.test(${element(selector)}.textContent) && ${element("#progress")}.hidden`);
  return {
    text: (selector) => tab().evaluate(`${element(selector)}.textContent`),
    click: (selector) => tab().evaluate(`${element(selector)}.click()`),
    shown: (selector) => `${element(selector)}.checkVisibility()`,
    captioned: (pattern) => idle("#caption", pattern),
    problem: (pattern) => idle("#problem", pattern),
  };
}
