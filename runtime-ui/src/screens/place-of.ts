/** Which record a page shows; undefined for one that is not saved yet. */
export function placeOf(
  { name }: { name: string },
  { id }: Readonly<Record<string, unknown>>,
): { object: string; id: string } | undefined {
  return typeof id === 'string' ? { object: name, id } : undefined
}
