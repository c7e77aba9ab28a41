import type { Answer } from '../support/test-server.ts'
import { type Check, expectStatus } from './check.ts'
import type { Random } from './random.ts'
import type { View } from './view.ts'
import type { WorldFile } from './world.ts'

const FILES_EACH = 8

/** Files, which are read by who may read the value that they are: whole, in part, or known already. */
export function checkFiles(view: View, random: Random): Check[] {
  const { files } = view.world
  return Array.from({ length: FILES_EACH }, () => random.pick(files)).map((file): Check => {
    const { headers, status, bytes } = random.pick(WAYS)
    return {
      surface: 'files',
      call: { method: 'GET', url: `/api/v1/files/${file.id}`, headers },
      decisions: 1,
      judge: (answer) => {
        const isSeen = seesFile(view, file)
        const wrong = expectStatus(answer, isSeen ? status : 404)
        return wrong.length > 0 || !isSeen ? wrong : judgeBytes(answer, bytes(file))
      },
    }
  })
}

const WAYS: readonly {
  readonly headers: Readonly<Record<string, string>>
  readonly status: number
  readonly bytes: (file: WorldFile) => string
}[] = [
  { headers: {}, status: 200, bytes: ({ content }) => content },
  { headers: { range: 'bytes=3-7' }, status: 206, bytes: ({ content }) => content.slice(3, 8) },
  // Whoever may read it is told that they know it already.
  { headers: { 'if-none-match': '*' }, status: 304, bytes: () => '' },
]

function judgeBytes({ text }: Answer, expected: string): string[] {
  return text === expected ? [] : [`the file has ${JSON.stringify(text)}`]
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
