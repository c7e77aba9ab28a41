import { isRecordId, nearest, type ObjectModel } from '@trellis/metamodel'

import type { Reader } from '../access/row-filter.ts'
import { message, refuse, RequestError } from '../errors.ts'

/**
 * The object of a name, if the reader may read records of it.
 * @throws RequestError `not_found` if there is none, `forbidden` if it is not for the reader
 */
export function findObject({ release, actor }: Reader, name: string): ObjectModel {
  const object = release.model.objects.get(name)
  if (!object) throw unknownObject(name, release.model.objects.keys())
  if (!actor.rights.object(name).read) {
    throw refuse('forbidden', '', message(`You may not read ${name}`, `您无权读取 ${name}`))
  }
  return object
}

function unknownObject(name: string, known: Iterable<string>): RequestError {
  const shown = name.slice(0, 63)
  const suggestion = nearest(shown, known)
  const hint =
    suggestion === undefined
      ? ['', '']
      : [`. Did you mean "${suggestion}"?`, `，是否想写“${suggestion}”？`]
  return new RequestError('not_found', {
    detail: message(`There is no object "${shown}"${hint[0]}`, `没有对象“${shown}”${hint[1]}`),
  })
}

/**
 * An id as records have it.
 * @throws RequestError `not_found` for a text that is none: no record has it
 */
export function checkRecordId(text: string): string {
  if (isRecordId(text)) return text.toLowerCase()
  throw new RequestError('not_found')
}
