import { constants, createReadStream } from 'node:fs'
import {
  access,
  copyFile,
  link,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  stat,
  type FileHandle,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'

import { isRecordId } from '@trellis/metamodel'

import type { Config } from '../config.ts'
import type { ByteRange, FileStore } from './file-store.ts'
import { hasCode } from './has-code.ts'

const STAGED = '.staged'
const INCOMING = 'incoming'

/** The file store of the tenant that a process serves, or of another one. */
export function openFileStore(
  { dataDir, tenant }: Pick<Config, 'dataDir' | 'tenant'>,
  other: string = tenant,
): FileStore {
  return new DiskFileStore(join(dataDir, 'files'), other)
}

/** Files on the disk of the server: a folder for each tenant, and in it by the end of the id, which is random. */
class DiskFileStore implements FileStore {
  readonly #root: string
  readonly #folder: string

  constructor(root: string, tenant: string) {
    this.#root = root
    this.#folder = join(root, tenant)
  }

  async receiveIn(): Promise<string> {
    const folder = join(this.#folder, INCOMING)
    await mkdir(folder, { recursive: true })
    return folder
  }

  async stage(id: string, path: string): Promise<void> {
    await syncTo(await open(path, 'r+'))
    const target = `${this.#path(id)}${STAGED}`
    await mkdir(dirname(target), { recursive: true })
    await rename(path, target)
    await syncFolder(dirname(target))
  }

  async keep(id: string): Promise<void> {
    const target = this.#path(id)
    await rename(`${target}${STAGED}`, target)
    await syncFolder(dirname(target))
  }

  async open(id: string, range?: ByteRange): Promise<Readable | undefined> {
    const path = this.#path(id)
    if (!(await isThere(path)) && !(await this.#keepLate(id))) return undefined
    return createReadStream(path, range)
  }

  /** A process died after the row was committed: what it left to do is done now. */
  async #keepLate(id: string): Promise<boolean> {
    try {
      await this.keep(id)
      return true
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return isThere(this.#path(id))
      throw error
    }
  }

  async remove(id: string): Promise<void> {
    const path = this.#path(id)
    await rm(path, { force: true })
    await rm(`${path}${STAGED}`, { force: true })
  }

  async *ids(): AsyncGenerator<readonly string[]> {
    for (const shard of await namesIn(this.#folder)) {
      if (shard === INCOMING) continue
      const names = await namesIn(join(this.#folder, shard))
      yield [...new Set(names.map((name) => name.replace(STAGED, '')))].filter(isRecordId)
    }
  }

  async forgetReceived(before: Date): Promise<void> {
    const folder = join(this.#folder, INCOMING)
    for (const name of await namesIn(folder)) {
      const path = join(folder, name)
      const { mtime } = await stat(path)
      if (mtime < before) await rm(path, { recursive: true, force: true })
    }
  }

  async copyFrom(tenant: string): Promise<void> {
    const source = new DiskFileStore(this.#root, tenant)
    for await (const ids of source.ids()) {
      for (const id of ids) await this.#take(source, id)
    }
  }

  async #take(source: DiskFileStore, id: string): Promise<void> {
    const target = this.#path(id)
    await mkdir(dirname(target), { recursive: true })
    for (const path of [source.#path(id), `${source.#path(id)}${STAGED}`]) {
      if (await isThere(path)) return linkOrCopy(path, target)
    }
  }

  async destroy(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
  }

  // What is no id never becomes a path.
  #path(id: string): string {
    if (!isRecordId(id)) throw new Error(`"${id}" is no id of a file`)
    return join(this.#folder, id.slice(-2).toLowerCase(), id.toLowerCase())
  }
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return []
    throw error
  })
}

// Bytes never change: two tenants may share them on the disk, and each removes its own name.
async function linkOrCopy(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => copyFile(from, to, constants.COPYFILE_FICLONE))
}

async function syncTo(file: FileHandle): Promise<void> {
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/** A rename is durable when its folder is; Windows knows no such thing and refuses to open a folder. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform !== 'win32') await syncTo(await open(path, 'r'))
}
