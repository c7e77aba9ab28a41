import { mkdir, open, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

import { sql } from 'kysely'

import type { Queryable } from '../db/index.ts'
import { systemTable } from '../schema/physical-map.ts'

/** The last link of a chain as it was at a moment, written down outside the database. */
export interface Checkpoint {
  /** When it was taken. */
  readonly at: string
  readonly schema: string
  readonly day: string
  readonly number: number
  /** In hexadecimal digits. */
  readonly hash: string
}

/** A file of checkpoints says what no checkpoint says. */
export class CheckpointsDamaged extends Error {}

const LINE = /^(\S+) ([a-z]\w*) (\d{4}-\d\d-\d\d) (\d+) ([0-9a-f]{64})$/

/** Where the checkpoints of an installation are kept. */
export function checkpointsFile(dataDir: string): string {
  return join(dataDir, 'audit-checkpoints.log')
}

/**
 * Adds where the chain has come to at the end of the file, unless it says so already. With it, even a log whose end
 * was cut off, or that was made anew as a whole, is recognised.
 *
 * @returns the checkpoint; undefined while the log is empty
 */
export async function noteCheckpoint(
  db: Queryable,
  schema: string,
  file: string,
): Promise<Checkpoint | undefined> {
  const [head] = await db.query(sql<{ day: string; number: number; hash: Buffer }>`
    select day::text as day, number, hash from ${systemTable(schema, '_audit_day')}
    where number > 0 order by day desc limit 1`)
  if (!head) return undefined
  const hash = head.hash.toString('hex')
  const known = (await loadCheckpoints(schema, file)).at(-1)
  if (known?.hash === hash) return known
  const { day, number } = head
  const checkpoint = { at: new Date().toISOString(), schema, day, number, hash }
  await append(file, `${checkpoint.at} ${schema} ${day} ${number} ${hash}\n`)
  return checkpoint
}

/**
 * The checkpoints of a tenant in the order in which they were taken; none without a file.
 *
 * @throws CheckpointsDamaged naming the line
 */
export async function loadCheckpoints(schema: string, file: string): Promise<Checkpoint[]> {
  const lines = (await readText(file)).split('\n')
  // What a crash left behind: a line without its end says nothing.
  lines.pop()
  return lines
    .map((line, index) => parseLine(line, `${file}:${index + 1}`))
    .filter((checkpoint) => checkpoint.schema === schema)
}

function parseLine(line: string, place: string): Checkpoint {
  const [, at, schema, day, number, hash] = LINE.exec(line) ?? []
  if (at === undefined || schema === undefined || day === undefined || hash === undefined) {
    throw new CheckpointsDamaged(`${place} is no checkpoint`)
  }
  return { at, schema, day, number: Number(number), hash }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  }
}

async function append(file: string, line: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  const opened = await open(file, 'a', 0o600)
  try {
    await opened.appendFile(line)
    await opened.sync()
  } finally {
    await opened.close()
  }
}
