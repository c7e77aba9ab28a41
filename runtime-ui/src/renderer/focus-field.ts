const CONTROLS =
  'input:not([type=hidden]):not(:disabled), textarea:not(:disabled), select:not(:disabled), [contenteditable=true], [role=combobox], button:not(:disabled)'

/**
 * Puts the cursor into a field of a form or of the details, and brings it into view.
 * @param name API name of the field; the first place where it stands is taken
 */
export function focusField(root: HTMLElement | null | undefined, name: string): void {
  const place = root?.querySelector<HTMLElement>(`[data-field="${CSS.escape(name)}"]`)
  if (!place) return
  place.scrollIntoView({ block: 'center', behavior: 'auto' })
  place.querySelector<HTMLElement>(CONTROLS)?.focus({ preventScroll: true })
}
