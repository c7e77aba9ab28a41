import { createRequire } from 'node:module'

import { expect } from 'vitest'

import { type Answer, type Caller, ROOT_DIR } from '../support/index.ts'

/** What of the OpenAPI document the tests read. */
export interface ApiDocument {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, ApiOperation>>>>
  readonly components: {
    readonly schemas: Readonly<Record<string, { properties?: Record<string, unknown> }>>
  }
}

interface ApiOperation {
  readonly operationId: string
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>
  >
}

export const DOCUMENT_PATH = '/api/v1/openapi.json'

/** The document as a caller gets it. */
export async function loadApiDocument(caller: Caller): Promise<ApiDocument> {
  const answer = await caller.get(DOCUMENT_PATH)
  expect(answer.status).toBe(200)
  return answer.body
}

/** Says what is wrong with an answer by the document; undefined if nothing. */
export type CompareAnswer = (method: string, url: string, answer: Answer) => string | undefined

/**
 * Compares answers with the schemas that a document gives for their operation and status.
 *
 * @example compareWith(document)('post', '/api/v1/approvals', answer)
 */
export function compareWith({ paths, components }: ApiDocument): CompareAnswer {
  const fromServer = createRequire(`${ROOT_DIR}server/package.json`)
  const { Ajv2020 } = fromServer('ajv/dist/2020.js')
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  fromServer('ajv-formats')(ajv)
  return (method, url, { status, body, text }) => {
    const path = pathOf(Object.keys(paths), url)
    const responses = paths[path]?.[method]?.responses ?? {}
    const documented = responses[status]
    if (documented === undefined) return `${method} ${path}: ${status} is not foreseen: ${text}`
    if (body === undefined) return undefined
    const schema = documented.content?.['application/json']?.schema
    if (schema === undefined) return `${method} ${path}: no schema for ${status}`
    const validate = ajv.compile({ ...schema, components })
    return validate(body) ? undefined : `${method} ${path}: ${ajv.errorsText(validate.errors)}`
  }
}

/** The path of the document that an address belongs to; a word that is written out goes before a place for any. */
function pathOf(paths: readonly string[], url: string): string {
  const [address = ''] = url.split('?')
  const matching = paths.filter((path) =>
    new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(address),
  )
  const places = (path: string): number => path.split('{').length
  return matching.toSorted((one, other) => places(one) - places(other))[0] ?? address
}
