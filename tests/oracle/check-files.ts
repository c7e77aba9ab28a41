import { type Check, expectStatus } from './check.ts'
import type { Random } from './random.ts'
import type { View } from './view.ts'
import type { WorldFile } from './world.ts'

const FILES_EACH = 8

/** Files, which are read by who may read the value that they are. Nothing lies on the disk of a world. */
export function checkFiles(view: View, random: Random): Check[] {
  const { files } = view.world
  return Array.from({ length: FILES_EACH }, () => random.pick(files)).map((file): Check => ({
    surface: 'files',
    // Whoever may read it is told that they know it already.
    call: {
      method: 'GET',
      url: `/api/v1/files/${file.id}`,
      headers: { 'if-none-match': '*' },
    },
    decisions: 1,
    judge: (answer) => expectStatus(answer, seesFile(view, file) ? 304 : 404),
  }))
}

/** Whether a file is a value that somebody is told, or their own that no record has. */
export function seesFile(view: View, { id, uploadedBy, value }: WorldFile): boolean {
  const { rules, actor } = view
  if (value === null) return uploadedBy === actor.user.id
  const record = rules.record(value.record)
  return (
    record !== undefined &&
    record.values[value.field] === id &&
    rules.canRead(actor, record) &&
    rules.isTold(actor, value.object, value.field)
  )
}
