import { type Check, compareIds, expectStatus, get } from './check.ts'
import type { View } from './view.ts'
import { fieldOf } from './world-parts.ts'

/** What metadata and the OpenAPI document tell of objects and fields. */
export function checkMetadata(view: View): Check[] {
  const own = view.world.objects.filter((object) => !object.isPlatform)
  const readable = own.filter((object) => view.mayRead(object.name))
  const list: Check = {
    surface: 'meta',
    call: get('/api/v1/meta/objects'),
    decisions: own.length,
    judge: (answer) => {
      const status = expectStatus(answer, 200)
      if (status.length > 0) return status
      const given = (answer.body.objects as { name: string }[]).map((object) => object.name)
      const wanted = readable.map((object) => object.name)
      return compareIds(
        wanted,
        given.filter((name) => own.some((object) => object.name === name)),
      )
    },
  }
  const single = own.map((object): Check => {
    const mayRead = readable.includes(object)
    return {
      surface: 'meta',
      call: get(`/api/v1/meta/objects/${object.name}`),
      decisions: mayRead ? object.fields.length : 1,
      judge: (answer) => {
        const status = expectStatus(answer, ...(mayRead ? [200] : [403, 404]))
        if (status.length > 0 || !mayRead) return status
        return judgeFields(view, object.name, answer.body.fields as MetaField[])
      },
    }
  })
  const openapi: Check = {
    surface: 'openapi',
    call: get('/api/v1/openapi.json'),
    decisions: own.flatMap((object) => object.fields).length,
    judge: (answer) => {
      const names = own.flatMap((object) =>
        object.fields.map((field) => [object.name, field.name] as const),
      )
      return names
        .filter(([object, field]) => {
          const isThere = new RegExp(`\\b${field}\\b`).test(answer.text)
          return isThere && view.rules.access(view.actor, object, field) === 'none'
        })
        .map(([, field]) => `openapi tells of ${field}`)
    },
  }
  return [list, ...single, openapi]
}

interface MetaField {
  readonly name: string
  readonly access?: string
  readonly rolled_up?: { readonly object?: string; readonly field?: string }
}

/** Whether a roll-up names records or a field that the asker knows nothing of. */
function tellsTooMuch(view: View, object: string, { name, rolled_up: told }: MetaField): boolean {
  const { child = '', by = '', of = '' } = fieldOf(view.world, object, name)?.rolledUp ?? {}
  const isTold = view.isTold(child, by)
  return (
    (told?.object !== undefined && !isTold) ||
    (told?.field !== undefined && !(isTold && view.isTold(child, of)))
  )
}

function judgeFields(view: View, object: string, fields: readonly MetaField[]): string[] {
  const wanted = view
    .fieldsOf(object)
    .filter((field) => view.rules.access(view.actor, object, field.name) !== 'none')
    .map((field) => field.name)
  const own = new Set(view.fieldsOf(object).map((field) => field.name))
  const given = fields.map((field) => field.name).filter((name) => own.has(name))
  const wrong = fields.filter((field) => {
    const access = view.rules.access(view.actor, object, field.name)
    return own.has(field.name) && access === 'masked' && field.access !== 'masked'
  })
  const telling = fields.filter((field) => tellsTooMuch(view, object, field))
  return [
    ...compareIds(wanted, given),
    ...telling.map((field) => `${field.name} tells what it is rolled up of`),
    ...wrong.map((field) => `${field.name} is ${String(field.access)} instead of masked`),
  ]
}
