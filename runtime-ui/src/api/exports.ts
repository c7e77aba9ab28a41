import type { Expression } from '@trellis/metamodel'

import { download } from './http.ts'

/** Which records of which list, which of their fields, and how the first row names them. */
export interface ExportRequest {
  object: string
  columns: readonly string[]
  /** `label`: as people say it; `name`: API names, codes and ids, for programs. */
  header: 'label' | 'name'
  format: 'xlsx' | 'csv'
  where: Expression | undefined
  sort: readonly string[]
  q: string
}

/** The records of a list as a file. @throws ApiError 403 without the right to export */
export function exportRecords(
  { q, ...request }: ExportRequest,
  signal: AbortSignal,
  onBytes: (count: number) => void,
): Promise<Blob> {
  const body = { ...request, ...(q === '' ? {} : { q }) }
  return download('POST', '/exports', { body, signal, headers: { accept: '*/*' } }, onBytes)
}
