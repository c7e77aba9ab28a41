import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { startOf } from './process-identity.ts'

/** Another server holds the data directory. */
export class DataDirInUse extends Error {
  readonly code = 'data_dir_in_use'

  constructor(url: string, pid: number) {
    super(`Trellis already runs on this data at ${url} (process ${pid})`)
    this.name = 'DataDirInUse'
  }
}

/** The right to use a data directory, held until it is released. */
export interface DataLock {
  release(): Promise<void>
}

interface Holder {
  readonly pid: number
  readonly start: string | undefined
  readonly url: string
}

const ATTEMPTS = 5

/**
 * Takes a data directory for this process. A lock whose process has died is taken over.
 *
 * @throws DataDirInUse naming where the holder answers.
 */
export async function lockDataDir(dataDir: string, url: string): Promise<DataLock> {
  await mkdir(dataDir, { recursive: true })
  const path = join(dataDir, 'server.lock')
  const holder: Holder = { pid: process.pid, start: await startOf(process.pid), url }
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    if (await claim(path, holder)) return { release: () => rm(path, { force: true }) }
    const other = await readHolder(path)
    if (other !== undefined && (await lives(other))) throw new DataDirInUse(other.url, other.pid)
    await clear(path, other)
  }
  throw new Error(`The lock ${path} keeps changing hands; remove it when no server is running`)
}

// Linking a finished file either makes the whole lock or none of it, and only one process can.
async function claim(path: string, holder: Holder): Promise<boolean> {
  const own = aside(path)
  await writeFile(own, JSON.stringify(holder), { mode: 0o600 })
  try {
    await link(own, path)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  } finally {
    await rm(own, { force: true })
  }
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch {
    return undefined
  }
}

async function lives(holder: Holder): Promise<boolean> {
  const start = await startOf(holder.pid)
  return start !== undefined && start === holder.start
}

// Moved away before it is removed: between reading and removing, another process may have taken
// over, and its lock is put back.
async function clear(path: string, stale: Holder | undefined): Promise<void> {
  const away = aside(path)
  await rename(path, away).catch(() => undefined)
  const moved = await readHolder(away)
  const wasAnother = moved?.pid !== stale?.pid || moved?.start !== stale?.start
  if (moved !== undefined && wasAnother) await link(away, path).catch(() => undefined)
  await rm(away, { force: true })
}

function aside(path: string): string {
  return `${path}.${randomBytes(6).toString('hex')}`
}
