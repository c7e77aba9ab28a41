/** What a person at the terminal is shown of an error: the sentence if it was foreseen, else everything there is. */
export function errorText(error: unknown, isForeseen: boolean): string {
  if (!(error instanceof Error)) return String(error)
  return isForeseen ? error.message : (error.stack ?? error.message)
}
