import { createRequire } from 'node:module'

import { Validator } from '@seriousme/openapi-schema-validator'
import createClient from 'openapi-fetch'
import openapiTS, { astToString } from 'openapi-typescript'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { type Caller, ROOT_DIR, startTestServer, type TestServer } from '../support/index.ts'

interface Operation {
  operationId: string
  responses: Record<string, { content?: Record<string, { schema: object }> }>
}

interface Document {
  openapi: string
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, { properties?: Record<string, unknown> }> }
}

let server: TestServer
let baseUrl: string
beforeAll(async () => {
  server = await startTestServer()
  baseUrl = await server.app.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(() => server.stop())

const PATH = '/api/v1/openapi.json'

async function documentOf(caller: Caller): Promise<Document> {
  const answer = await caller.get(PATH)
  expect(answer.status).toBe(200)
  return answer.body
}

describe('the document', () => {
  it('is valid OpenAPI 3.1 to a strict validator', async () => {
    const document = await documentOf(server.admin)
    expect(document.openapi).toBe('3.1.0')
    const { valid, errors } = await new Validator().validate({ ...document })
    expect(errors).toBeUndefined()
    expect(valid).toBe(true)
  })

  it('refers only to what is in it, and names each operation once', async () => {
    const document = await documentOf(server.admin)
    const text = JSON.stringify(document)
    const refs = [...text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(
      ([, name]) => name,
    )
    const known = new Set(Object.keys(document.components.schemas))
    expect(refs.filter((name) => !known.has(name ?? ''))).toEqual([])
    const operations = Object.values(document.paths).flatMap((item) => Object.values(item))
    const ids = operations.map(({ operationId }) => operationId)
    expect(new Set(ids).size).toBe(ids.length)
    expect(text).not.toContain('x-policy')
  })

  it('describes problem details and the closed list of codes for every operation', async () => {
    const document = await documentOf(server.admin)
    const operations = Object.values(document.paths).flatMap((item) => Object.values(item))
    expect(operations.every(({ responses }) => 'default' in responses)).toBe(true)
    expect(document.components.schemas['Problem']?.properties?.['code']).toMatchObject({
      enum: expect.arrayContaining(['malformed', 'not_found', 'stale_version', 'locked']),
    })
  })

  it('types every object: record, create, patch, page, batch, overview', async () => {
    const document = await documentOf(server.admin)
    for (const name of ['account', 'contact', 'opportunity', 'quote_line', 'user', 'department']) {
      for (const part of ['', '.create', '.patch', '.page', '.batch', '.overview']) {
        expect(document.components.schemas).toHaveProperty([`${name}${part}`])
      }
      expect(document.paths).toHaveProperty([`/api/v1/records/${name}`])
      expect(document.paths).toHaveProperty([`/api/v1/records/${name}/{id}/history`])
    }
    expect(
      Object.keys(document.paths).filter((path) => path.startsWith('/api/v1/records/{')),
    ).toEqual([])
  })

  it('holds only what the caller may call, read and write', async () => {
    const rep = await server.signIn(await server.createUser({ sets: ['sales_rep'] }))
    const [all, own] = [await documentOf(server.admin), await documentOf(rep)]
    expect(Object.keys(all.paths)).toContain('/api/v1/users/{id}/sign-in')
    const ownPaths = Object.keys(own.paths)
    expect(ownPaths).not.toContain('/api/v1/users/{id}/sign-in')
    expect(ownPaths.filter((path) => path.includes('/changesets'))).toEqual([])
    const editable = own.components.schemas['account.patch']?.properties ?? {}
    expect(editable).toHaveProperty('phone')
    expect(editable).not.toHaveProperty('credit_limit')
    expect(own.components.schemas['account']?.properties).toHaveProperty('credit_limit')
    const nobody = await documentOf(await server.signIn(await server.createUser({ sets: [] })))
    expect(Object.keys(nobody.paths).filter((path) => path.includes('/records/'))).toEqual([])
  })

  it('is asked for again cheaply', async () => {
    const { headers } = await server.admin.get(PATH)
    const etag = String(headers['etag'])
    const again = await server.admin.with({ 'if-none-match': etag }).get(PATH)
    expect(again.status).toBe(304)
    expect(again.text).toBe('')
    expect((await server.stranger.get(PATH)).status).toBe(401)
  })

  it('describes the answers that records really give', async () => {
    const made = await server.admin.post('/api/v1/records/account', { name: '形状有限公司' })
    expect(made.status).toBe(201)
    const document = await documentOf(server.admin)
    const known = Object.keys(document.components.schemas['account']?.properties ?? {})
    expect(Object.keys(made.body).filter((key) => !known.includes(key))).toEqual([])
    const page = await server.admin.get('/api/v1/records/account?limit=1')
    expect(Object.keys(page.body).toSorted()).toEqual(['next_cursor', 'records'])
  })
})

/** Says what is wrong with an answer by the schema that the document gives for it; null if nothing. */
async function compareAnswers(
  document: Document,
): Promise<(schema: object, body: unknown) => string | null> {
  const fromServer = createRequire(`${ROOT_DIR}server/package.json`)
  const { Ajv2020 } = fromServer('ajv/dist/2020.js')
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  fromServer('ajv-formats')(ajv)
  const { components } = document
  return (schema, body) => {
    const validate = ajv.compile({ ...schema, components })
    return validate(body) ? null : ajv.errorsText(validate.errors)
  }
}

describe('what the routes answer', () => {
  it('is what the document says, for every object and every way of reading', async () => {
    const { admin } = server
    const account = await admin.post('/api/v1/records/account', { name: '北京示例有限公司' })
    const contact = { name: '韩梅梅', account: account.body.id, phone: '13800000000' }
    expect((await admin.post('/api/v1/records/contact', contact)).status).toBe(201)
    await admin.patch(`/api/v1/records/account/${account.body.id}`, { phone: '010-62770000' })
    const document = await documentOf(admin)
    const compare = await compareAnswers(document)
    const wrong = new Map<string, string | null>()
    let compared = 0
    for (const [path, { get }] of Object.entries(document.paths)) {
      const schema = get?.responses['200']?.content?.['application/json']?.schema
      const url = path.replace('account/{id}', `account/${account.body.id}`)
      if (schema === undefined || url.includes('{')) continue
      const answer = await admin.get(url.endsWith('/search') ? `${url}?q=示例` : url)
      if (answer.status !== 200) wrong.set(url, `status ${answer.status}: ${answer.text}`)
      else if (compare(schema, answer.body) !== null) wrong.set(url, compare(schema, answer.body))
      compared += 1
    }
    expect(Object.fromEntries(wrong)).toEqual({})
    expect(compared).toBeGreaterThan(25)
  })

  it('is what the document says, for change sets, plans and approvals', async () => {
    const { admin } = server
    const document = await documentOf(admin)
    const compare = await compareAnswers(document)
    const schemaOf = (method: string, path: string, status = '200'): object =>
      document.paths[path]?.[method]?.responses[status]?.content?.['application/json']?.schema ?? {}
    const sets = '/api/v1/meta/changesets'
    const made = await admin.post(sets, { label: 'A field' })
    expect(compare(schemaOf('post', sets, '201'), made.body)).toBeNull()
    const edit = { type: 'text', label: 'Colour' }
    const put = await admin.put(`${sets}/${made.body.id}/field/account.colour__c`, edit)
    expect(put.status).toBe(200)
    const paths = `${sets}/{id}`
    expect(compare(schemaOf('put', `${paths}/{kind}/{name}`), put.body)).toBeNull()
    const plan = await admin.post(`${sets}/${made.body.id}/plan`)
    expect(plan.status).toBe(200)
    expect(compare(schemaOf('post', `${paths}/plan`), plan.body)).toBeNull()
    const published = await admin.post(`${sets}/${made.body.id}/publish`)
    expect(published.status).toBe(200)
    expect(compare(schemaOf('post', `${paths}/publish`), published.body)).toBeNull()
    const next = await documentOf(admin)
    expect(next.components.schemas['account']?.properties).toHaveProperty('colour__c')
  })
})

describe('the documentation page', () => {
  it('shows the document of whoever is signed in, under the same rules for scripts', async () => {
    const page = await server.stranger.get('/api/docs/')
    expect(page.status).toBe(200)
    expect(page.text).toContain('<title>Trellis API</title>')
    expect(page.text).not.toMatch(/<script>/)
    expect(page.headers['content-security-policy']).toContain("script-src 'self';")
    const script = await server.stranger.get('/api/docs/static/swagger-initializer.js')
    expect(script.text).toContain('X-CSRF-Token')
    const json = await server.stranger.get('/api/docs/json')
    expect(json.headers['location']).toBe('/api/v1/openapi.json')
    expect((await server.stranger.get('/api/docs/yaml')).status).toBe(404)
  })
})

/** What an integrator would write; `paths` is made from the served document. */
const PROGRAM = `
import type { Client } from 'openapi-fetch'
import type { components, paths } from './paths'

export async function run(client: Client<paths>) {
  const created = await client.POST('/api/v1/records/account', {
    body: { name: '类型化有限公司', phone: '010-62770000' },
  })
  const id: string = created.data?.id ?? ''
  const version: number = created.data?.version ?? 0
  const page = await client.GET('/api/v1/records/account', {
    params: { query: { select: 'name,phone,owner', filter: { name: '类型化有限公司' }, limit: 5 } },
  })
  const names: (string | undefined)[] = (page.data?.records ?? []).map((record) => record.name)
  const owner: string | undefined = page.data?.records[0]?.owner?.id
  const patched = await client.PATCH('/api/v1/records/account/{id}', {
    params: { path: { id }, header: { 'If-Match': '"' + version + '"' } },
    body: { phone: null },
  })
  const phone: string | null | undefined = patched.data?.phone
  const stale = await client.PATCH('/api/v1/records/account/{id}', {
    params: { path: { id }, header: { 'If-Match': '"' + version + '"' } },
    body: { phone: '010-62770001' },
  })
  const code = stale.error?.code
  return { id, names, owner, phone, code, status: created.response.status }
}

export function misuse(client: Client<paths>) {
  // @ts-expect-error an account has no such field
  const body: components['schemas']['account.create'] = { name: 'x', no_such_field: 1 }
  // @ts-expect-error a name is a text
  void client.POST('/api/v1/records/account', { body: { name: 5 } })
  // @ts-expect-error a name is needed
  void client.POST('/api/v1/records/account', { body: { phone: '010-62770000' } })
  // @ts-expect-error there is no such object
  void client.GET('/api/v1/records/no_such_object', {})
}
`

/** Checks the program against the types, and answers it as JavaScript. */
function compile(program: string, types: string): { faults: string[]; script: string } {
  const folder = `${ROOT_DIR}tests/api/`
  const files = new Map([
    [`${folder}program.ts`, program],
    [`${folder}paths.ts`, types],
  ])
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
    types: [],
  }
  const host = ts.createCompilerHost(options)
  const { fileExists, readFile, getSourceFile } = host
  host.fileExists = (name) => files.has(name) || fileExists(name)
  host.readFile = (name) => files.get(name) ?? readFile(name)
  host.getSourceFile = (name, version) => {
    const text = files.get(name)
    if (text === undefined) return getSourceFile(name, version)
    return ts.createSourceFile(name, text, version)
  }
  const checked = ts.createProgram([`${folder}program.ts`], options, host)
  const faults = ts.getPreEmitDiagnostics(checked).map((fault) => ts.formatDiagnostic(fault, host))
  const { outputText } = ts.transpileModule(program, {
    compilerOptions: { ...options, noEmit: false },
  })
  return { faults, script: outputText }
}

describe('a client that openapi-typescript makes from it', () => {
  it('creates, lists and patches typed records, and refuses what does not fit', async () => {
    const document = await documentOf(server.admin)
    const types = astToString(await openapiTS(JSON.stringify(document)))
    const { faults, script } = compile(PROGRAM, types)
    expect(faults).toEqual([])

    const url = `data:text/javascript,${encodeURIComponent(script)}`
    const { run }: { run: (client: unknown) => Promise<unknown> } = await import(url)
    const client = createClient({ baseUrl, headers: { ...server.admin.headers } })
    const me = await server.admin.get('/api/v1/me')
    expect(await run(client)).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      names: ['类型化有限公司'],
      owner: me.body.user.id,
      phone: null,
      code: 'stale_version',
      status: 201,
    })
  }, 180_000)
})
