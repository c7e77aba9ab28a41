import type { WireFile } from '@trellis/metamodel'

import { apiUrl, sendWithProgress, type SendOptions } from './http.ts'

/** Uploads a file; it is the person's alone until a record is saved with it. @throws ApiError · DOMException if aborted */
export function uploadFile(file: File, options: SendOptions = {}): Promise<WireFile> {
  const form = new FormData()
  form.set('file', file, file.name)
  return sendWithProgress<WireFile>('/files', form, options)
}

/** The address of a file's bytes; inline only pictures are shown. */
export function fileUrl(id: string, isInline = false): string {
  return apiUrl(`/files/${id}`, isInline ? { inline: 'true' } : {})
}
