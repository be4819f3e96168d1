// Runs a command: presses, follows or goes to the last element that its selector finds, or chooses in its menu.
import { choose } from "./menu.js";

export const targetOf = (option) => [...document.querySelectorAll(option.dataset.runs)].at(-1);

export function run(option) {
  const target = targetOf(option);
  if (!target) return false;
  if (option.dataset.entry) choose(target, option.dataset.entry);
  else if (target.matches("textarea, input[type=search]")) target.focus();
  else {
    target.dispatchEvent(new Event("pointerdown", { bubbles: true })); // as if by pointer: what follows is written in
    target.click();
  }
  return true;
}

export const commandOf = (key) => document.querySelector(`[data-runs-key="${CSS.escape(key)}"]`);
