import type { Answer } from './test-server.ts'

/** A component that a test publishes, `field/site__c.total__c` and its definition; null takes it away. */
export type Piece = readonly [name: string, definition: object | null]
/** The same with the kind by itself. */
export type Put = readonly [kind: string, name: string, definition: object | null]
/** Components in their order. */
export type Pieces = readonly (Piece | Put)[] | Readonly<Record<string, object | null>>

type Answered = Pick<Answer, 'status' | 'body' | 'text'>

/** Who publishes: a caller of a server in this process or of one in another. */
export interface Publisher<Given> {
  post(path: string, body: object): Promise<Given>
  put(path: string, body: object): Promise<Given>
  /** Needed where something is taken away. */
  delete?(path: string): Promise<Given>
}

const SETS = '/api/v1/meta/changesets'

/**
 * Puts components into a change set of their own.
 * @returns its id
 * @throws Error with the answer if one is refused; what is only wrong with it, its plan says
 */
export async function stagePieces<Given extends Answered>(
  by: Publisher<Given>,
  pieces: Pieces,
): Promise<string> {
  const set: string = (await by.post(SETS, { label: 'Test' })).body.id
  for (const [path, definition] of pathsOf(pieces)) {
    const url = `${SETS}/${set}/${path}`
    const answer = definition === null ? await by.delete?.(url) : await by.put(url, definition)
    if (answer === undefined || answer.status >= 400) throw new Error(`${path}: ${answer?.text}`)
  }
  return set
}

/** Publishes components in a change set of their own. @returns the answer of the publish */
export async function publishPieces<Given extends Answered>(
  by: Publisher<Given>,
  pieces: Pieces,
): Promise<Given> {
  return by.post(`${SETS}/${await stagePieces(by, pieces)}/publish`, {})
}

/** The same for what a test stands on. @throws Error if it is not published at once */
export async function publishWorld<Given extends Answered>(
  by: Publisher<Given>,
  pieces: Pieces,
): Promise<void> {
  const answer = await publishPieces(by, pieces)
  if (answer.status !== 200) throw new Error(answer.text)
}

function pathsOf(pieces: Pieces): readonly Piece[] {
  if (!Array.isArray(pieces)) return Object.entries(pieces)
  return (pieces as readonly (Piece | Put)[]).map((piece) => {
    const [first, second, third] = piece
    return typeof second === 'string' ? [`${first}/${second}`, third ?? null] : [first, second]
  })
}
