/** What a field asks of a file; null where it takes every type. */
export interface FileLimits {
  bytes: number
  types: readonly string[] | null
  /** Of a picture, in pixels. */
  width?: number
  height?: number
}

/** What is known of a file that was uploaded. */
export interface FileFacts {
  size: number
  type: string
  width: number | null
  height: number | null
}
