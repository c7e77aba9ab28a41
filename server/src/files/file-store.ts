import type { Readable } from 'node:stream'

/** A part of a file: the places of its first and its last byte. */
export interface ByteRange {
  start: number
  end: number
}

/**
 * Where the bytes of files lie, by id, written once and never changed. They are staged before the row of the file is
 * committed and kept after it: whoever dies between the two leaves bytes that `open` still finds, or that no row names
 * and `ids` therefore lists.
 */
export interface FileStore {
  /** A folder of this machine where uploads are received. */
  receiveIn(): Promise<string>
  /** Makes received bytes durable under an id. The file at `path` is moved away. */
  stage(id: string, path: string): Promise<void>
  /** The row of a staged file is committed. */
  keep(id: string): Promise<void>
  /** The bytes of a file, or a part of them; undefined if there are none. */
  open(id: string, range?: ByteRange): Promise<Readable | undefined>
  remove(id: string): Promise<void>
  /** All ids under which there are bytes, staged or kept, some at a time. */
  ids(): AsyncIterable<readonly string[]>
  /** Forgets uploads that ended in the middle, from before a moment. */
  forgetReceived(before: Date): Promise<void>
  /** Takes over all bytes of another tenant. */
  copyFrom(tenant: string): Promise<void>
  /** Removes everything. */
  destroy(): Promise<void>
}
