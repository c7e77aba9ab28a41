import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { KeyRing } from '../../server/src/access/key-ring.ts'
import { runTenantCommand } from '../../server/src/commands/tenant-commands.ts'
import { openPlatform, type Platform } from '../../server/src/installation.ts'
import { EveryTenant } from '../../server/src/tenants/every-tenant.ts'
import { createDatabase, type TestDatabase, testConfig } from '../support/index.ts'

const ADMIN = { email: 'admin@example.com', password: 'a password for many tenants' }

let test: TestDatabase
let east: TestDatabase
let folder: string
let environment: Record<string, string>
let platform: Platform
let every: EveryTenant
let port: number

/** `npm run crm -- tenant …` without a process of its own. */
async function crm(...args: string[]): Promise<{ code: number; text: string }> {
  const said: string[] = []
  const say = (line: string): void => void said.push(line)
  const code = await runTenantCommand(platform, args, say).then(
    (isUnderstood) => (isUnderstood ? 0 : 2),
    (error: unknown) => {
      say(String(error))
      return 1
    },
  )
  return { code, text: said.join('\n') }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trellis-many-'))
  test = await createDatabase({ template: 'installed' })
  east = await createDatabase({ template: 'empty' })
  environment = {
    DATABASE_URL: test.url,
    DATABASE_URL_EAST: east.url,
    DATA_DIR: folder,
    ADMIN_EMAIL: ADMIN.email,
    ADMIN_PASSWORD: ADMIN.password,
    DEMO: 'none',
  }
  platform = await openPlatform(testConfig({ ...environment, TENANT: '*' }), () => undefined)
  for (const args of [
    ['acme', '--host', 'acme.example.cn', '--host', 'ACME.localhost'],
    ['borea', '--node', 'east', '--host', 'borea.example.cn'],
  ]) {
    const made = await crm('create', ...args)
    expect(made.code, made.text).toBe(0)
  }
  const secrets = { cursorKey: Buffer.alloc(32, 1), sealKeys: new KeyRing([Buffer.alloc(32, 2)]) }
  every = new EveryTenant(platform, secrets, () => undefined)
  port = await every.start()
}, 180_000)
afterAll(async () => {
  await every.stop()
  await platform.close()
  await test.drop()
  await east.drop()
  await rm(folder, { recursive: true, force: true })
})

interface Answered {
  readonly status: number
  // oxlint-disable-next-line typescript/no-explicit-any -- tests assert what is in it
  readonly body: any
  readonly cookies: readonly string[]
}

/** Asks the one process under a host name. */
function ask(
  host: string,
  method: string,
  path: string,
  { body, headers = {} }: { body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const json = body === undefined ? {} : { 'content-type': 'application/json' }
    const asked = request(
      { host: '127.0.0.1', port, method, path, headers: { ...headers, ...json, host } },
      (answer) => {
        let text = ''
        answer.on('data', (chunk: Buffer) => {
          text += chunk.toString()
        })
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            body: text.startsWith('{') ? JSON.parse(text) : text,
            cookies: answer.headers['set-cookie'] ?? [],
          }),
        )
      },
    )
    asked.once('error', reject)
    asked.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

async function signIn(host: string): Promise<Record<string, string>> {
  const answer = await ask(host, 'POST', '/api/v1/auth/login', { body: ADMIN })
  expect(answer.status, JSON.stringify(answer.body)).toBe(200)
  const cookie = answer.cookies[0]?.split(';')[0] ?? ''
  return { cookie, 'x-csrf-token': answer.body.csrf_token }
}

describe('one process for all tenants', () => {
  it('answers each by its hosts, and an unknown host plainly', async () => {
    for (const host of ['acme.example.cn', 'Acme.Localhost:80', 'borea.example.cn']) {
      expect((await ask(host, 'GET', '/api/v1/me')).status, host).toBe(401)
    }
    for (const host of ['other.example.cn', 'acme.example.cn.evil.example', '', 'main']) {
      const refused = await ask(host, 'GET', '/api/v1/me')
      expect([refused.status, refused.body.code], host).toEqual([404, 'unknown_host'])
    }
  })

  it('keeps records, sessions, cookies and releases of tenants apart, on two nodes', async () => {
    const [acme, borea] = [await signIn('acme.example.cn'), await signIn('borea.example.cn')]
    expect(acme['cookie']).toMatch(/^trellis_session_acme=/)
    expect(borea['cookie']).toMatch(/^trellis_session_borea=/)
    const body = { name: 'Only at Acme' }
    const made = await ask('acme.example.cn', 'POST', '/api/v1/records/account', {
      body,
      headers: acme,
    })
    expect(made.status).toBe(201)
    const path = `/api/v1/records/account/${made.body.id}`
    expect((await ask('acme.localhost', 'GET', path, { headers: acme })).status).toBe(200)
    expect((await ask('borea.example.cn', 'GET', path, { headers: borea })).status).toBe(404)
    const stolen = (acme['cookie'] ?? '').replace('_acme=', '_borea=')
    const crossed = await ask('borea.example.cn', 'GET', '/api/v1/me', {
      headers: { cookie: stolen },
    })
    expect(crossed.status).toBe(401)
    const both = { cookie: `${acme['cookie']}; ${borea['cookie']}` }
    for (const [host, tenant] of [
      ['acme.example.cn', 'acme'],
      ['borea.example.cn', 'borea'],
    ] as const) {
      expect((await ask(host, 'GET', '/api/v1/me', { headers: both })).body.tenant).toBe(tenant)
    }
    const [schema] = await east.database.query(
      `select to_regnamespace('borea') is not null and to_regnamespace('main') is null as alone`,
    )
    expect(schema).toEqual({ alone: true })
  })

  it('counts wrong passwords of each tenant apart', async () => {
    const wrong = { email: ADMIN.email, password: 'not the password of anybody' }
    const path = '/api/v1/auth/login'
    for (let attempt = 0; attempt < 5; attempt += 1) {
      expect((await ask('acme.example.cn', 'POST', path, { body: wrong })).status).toBe(401)
    }
    expect((await ask('acme.example.cn', 'POST', path, { body: wrong })).status).toBe(429)
    expect((await ask('borea.example.cn', 'POST', path, { body: wrong })).status).toBe(401)
  })

  it('takes in a tenant that is made, follows its hosts, and lets go of one that is dropped', async () => {
    const made = await crm('create', 'trial', '--from', 'borea', '--host', 'trial.cn')
    expect(made.code, made.text).toBe(0)
    await expect
      .poll(async () => (await ask('trial.cn', 'GET', '/api/v1/me')).status, { timeout: 10_000 })
      .toBe(401)
    const listed = await crm('list')
    expect(listed.text).toMatch(/trial: release 1, 1 sign in, .* node east, at trial\.cn/)
    expect(listed.text).toMatch(/acme: .* node home, at acme\.example\.cn acme\.localhost/)
    expect((await crm('hosts', 'trial', 'again.cn')).code).toBe(0)
    await expect.poll(async () => (await ask('trial.cn', 'GET', '/api/v1/me')).status).toBe(404)
    expect((await ask('again.cn', 'GET', '/api/v1/me')).status).toBe(401)
    expect((await crm('drop', 'trial', '--confirm', 'trial')).code).toBe(0)
    await expect.poll(async () => (await ask('again.cn', 'GET', '/api/v1/me')).status).toBe(404)
  })

  it('is refused by what is wrong with hosts and nodes', async () => {
    const taken = await crm('hosts', 'acme', 'borea.example.cn')
    expect([taken.code, taken.text.includes('leads to another tenant')]).toEqual([1, true])
    const odd = await crm('hosts', 'acme', 'https://acme.example.cn')
    expect([odd.code, odd.text.includes('is no host name')]).toEqual([1, true])
    const nowhere = await crm('create', 'nowhere', '--node', 'west')
    expect([nowhere.code, nowhere.text.includes('There is no node "west"')]).toEqual([1, true])
    const apart = await crm('create', 'apart', '--from', 'main', '--node', 'east')
    expect([apart.code, apart.text.includes('where the original lives')]).toEqual([1, true])
    expect((await crm('list')).text).not.toMatch(/nowhere|apart/)
  })
})
