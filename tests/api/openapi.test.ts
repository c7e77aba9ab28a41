import { Validator } from '@seriousme/openapi-schema-validator'
import createClient from 'openapi-fetch'
import openapiTS, { astToString } from 'openapi-typescript'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { ROOT_DIR, startTestServer, type TestServer } from '../support/index.ts'
import { DOCUMENT_PATH, loadApiDocument } from './api-document.ts'

let server: TestServer
let baseUrl: string
beforeAll(async () => {
  server = await startTestServer()
  baseUrl = await server.app.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(() => server.stop())

describe('the document', () => {
  it('is valid OpenAPI 3.1 to a strict validator', async () => {
    const document = await loadApiDocument(server.admin)
    expect(document.openapi).toBe('3.1.0')
    const { valid, errors } = await new Validator().validate({ ...document })
    expect(errors).toBeUndefined()
    expect(valid).toBe(true)
  })

  it('refers only to what is in it, and names each operation once', async () => {
    const document = await loadApiDocument(server.admin)
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
    const document = await loadApiDocument(server.admin)
    const operations = Object.values(document.paths).flatMap((item) => Object.values(item))
    expect(operations.every(({ responses }) => 'default' in responses)).toBe(true)
    expect(document.components.schemas['Problem']?.properties?.['code']).toMatchObject({
      enum: expect.arrayContaining(['malformed', 'not_found', 'stale_version', 'locked']),
    })
  })

  it('types every object: record, create, patch, page, batch, overview', async () => {
    const document = await loadApiDocument(server.admin)
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
    const [all, own] = [await loadApiDocument(server.admin), await loadApiDocument(rep)]
    expect(Object.keys(all.paths)).toContain('/api/v1/users/{id}/sign-in')
    const ownPaths = Object.keys(own.paths)
    expect(ownPaths).not.toContain('/api/v1/users/{id}/sign-in')
    expect(ownPaths.filter((path) => path.includes('/changesets'))).toEqual([])
    const editable = own.components.schemas['account.patch']?.properties ?? {}
    expect(editable).toHaveProperty('phone')
    expect(editable).not.toHaveProperty('credit_limit')
    expect(own.components.schemas['account']?.properties).toHaveProperty('credit_limit')
    const nobody = await loadApiDocument(await server.signIn(await server.createUser({ sets: [] })))
    expect(Object.keys(nobody.paths).filter((path) => path.includes('/records/'))).toEqual([])
  })

  it('is asked for again cheaply', async () => {
    const { headers } = await server.admin.get(DOCUMENT_PATH)
    const etag = String(headers['etag'])
    const again = await server.admin.with({ 'if-none-match': etag }).get(DOCUMENT_PATH)
    expect(again.status).toBe(304)
    expect(again.text).toBe('')
    expect((await server.stranger.get(DOCUMENT_PATH)).status).toBe(401)
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
    const document = await loadApiDocument(server.admin)
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
