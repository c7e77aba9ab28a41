/**
 * Whether a key belongs to an input method that is composing. An Enter that ends a pinyin composition must
 * never save, submit or open anything; Safari sends it after `compositionend`, known only by code 229.
 */
export function isComposing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229
}

/** Whether the person is writing: single-letter shortcuts are off then. */
export function isTyping(event: KeyboardEvent): boolean {
  // An editor in a shadow tree is its own place to write in; outside, only its host is known.
  const target = event.composedPath()[0] ?? event.target
  if (!(target instanceof HTMLElement)) return false
  // Into a box to tick nothing is written.
  if (target instanceof HTMLInputElement && /^(checkbox|radio)$/.test(target.type)) return false
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)
}

/** Ctrl on most keyboards, ⌘ on Apple's. */
export function hasCommandKey(event: KeyboardEvent): boolean {
  return event.ctrlKey || event.metaKey
}

/** How the command key is written for the reader, e.g. `⌘K` or `Ctrl K`. */
export function commandKeyLabel(key: string): string {
  return /Mac|iPhone|iPad/.test(navigator.userAgent) ? `⌘${key}` : `Ctrl ${key}`
}
