import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { Secret, TOTP } from 'otpauth'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import {
  type CommandResult,
  createDatabase,
  LiveServer,
  runCrm,
  type TestDatabase,
} from '../support/index.ts'

let test: TestDatabase
let server: LiveServer
beforeAll(async () => {
  test = await createDatabase({ template: 'installed' })
  server = await LiveServer.start(test.url)
})
afterAll(async () => {
  await server.stop()
  await test.drop()
})

const ADMIN = { email: 'admin@example.com', password: 'a password for live tests' }

function rotate(): Promise<CommandResult> {
  const { dataDir } = server
  return runCrm(['secrets', 'rotate'], { DATABASE_URL: test.url, DATA_DIR: dataDir })
}

async function readSecrets(): Promise<Record<string, string>> {
  return JSON.parse(await readFile(join(server.dataDir, 'secrets.json'), 'utf8'))
}

/** As if the last change had been long ago. */
async function letTimePass(): Promise<void> {
  const secrets = { ...(await readSecrets()), cookie_key_rotated_at: '2026-01-01T00:00:00.000Z' }
  await writeFile(join(server.dataDir, 'secrets.json'), JSON.stringify(secrets))
}

async function send(
  path: string,
  body: object,
  headers: Readonly<Record<string, string>> = server.headers,
): Promise<Response> {
  return fetch(`${server.address}${path}`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

async function sealedNow(): Promise<Buffer[]> {
  const { database } = test
  const rows = await database.query<{ sealed: Buffer }>(`
    select secret as sealed from platform.second_factor
    union all select bank_account from main.account where bank_account is not null
    union all select decode(cell ->> 'sealed', 'base64') from main._import_row, jsonb_array_elements(cells) as e (cell)
      where jsonb_typeof(cell) = 'object'
    union all select body from main._idempotency where body is not null and key = 'kept'`)
  return rows.map(({ sealed }) => sealed)
}

describe('the key that seals', () => {
  it('is changed while a server runs, which goes on opening everything', async () => {
    const begun = await send('/api/v1/auth/totp', { password: ADMIN.password })
    const { secret } = (await begun.json()) as { secret: string }
    const phone = new TOTP({ secret: Secret.fromBase32(secret) })
    const codeAt = (steps: number): string =>
      phone.generate({ timestamp: Date.now() + steps * 30_000 })
    const done = await send('/api/v1/auth/totp/confirm', { code: codeAt(-1) })
    expect(done.status).toBe(200)
    const cookie = done.headers.get('set-cookie')?.split(';')[0] ?? server.headers['cookie'] ?? ''
    const me = await fetch(`${server.address}/api/v1/me`, { headers: { cookie } })
    const { csrf_token: token } = (await me.json()) as { csrf_token: string }
    const keyed = { cookie, 'x-csrf-token': token, 'idempotency-key': 'kept' }
    const first = await send('/api/v1/api-keys', { label: 'Once' }, keyed)
    const told = await first.text()
    expect([first.status, told]).toEqual([201, expect.stringContaining('trl_')])

    const enter = async (steps: number): Promise<number> => {
      const asked = await send('/api/v1/auth/login', ADMIN, {})
      expect(asked.status).toBe(401)
      const way = asked.headers.get('set-cookie')?.split(';')[0] ?? ''
      const answer = await send(
        '/api/v1/auth/second-step',
        { code: codeAt(steps) },
        { cookie: way },
      )
      return answer.status
    }
    const account = { name: 'Sealed Ltd', bank_account: '0123456789012345678' }
    const made = await send('/api/v1/records/account', account, { cookie, 'x-csrf-token': token })
    const { id } = (await made.json()) as { id: string }
    const bankAccount = async (): Promise<unknown> => {
      const path = `/api/v1/records/account/${id}?select=bank_account`
      const answer = await fetch(`${server.address}${path}`, { headers: { cookie } })
      return ((await answer.json()) as { bank_account: unknown }).bank_account
    }
    expect(await bankAccount()).toBe('0123456789012345678')
    const form = new FormData()
    for (const [name, value] of [
      ['object', 'account'],
      ['dry_run', 'true'],
    ] as const) {
      form.set(name, value)
    }
    form.set('file', new Blob(['name,bank_account\n,9876543210123456789']), 'a.csv')
    const headers = { cookie, 'x-csrf-token': token }
    const imports = `${server.address}/api/v1/imports`
    const staged = await fetch(imports, { method: 'POST', body: form, headers })
    expect(staged.status).toBe(202)
    const job = (await staged.json()) as { id: string }

    const before = [await sealedNow(), await readSecrets()] as const
    const rotated = await rotate()
    expect(rotated).toEqual({
      code: 0,
      text: 'There is a new key; 4 values were sealed anew\n',
    })
    const after = [await sealedNow(), await readSecrets()] as const
    expect(after[0].every((sealed, index) => !sealed.equals(before[0][index] ?? sealed))).toBe(true)
    expect(after[1]['cookie_key']).not.toBe(before[1]['cookie_key'])
    expect(after[1]['cookie_key_before']).toBe(before[1]['cookie_key'])
    expect(await enter(0)).toBe(200)
    expect(await bankAccount()).toBe('0123456789012345678')
    const again = await send('/api/v1/api-keys', { label: 'Once' }, keyed)
    expect([again.status, await again.text()]).toEqual([201, told])

    expect(await rotate()).toEqual({
      code: 1,
      text: expect.stringMatching(/^The key was changed a moment ago: wait 1?\d\d? seconds\n$/),
    })
    await letTimePass()
    expect((await rotate()).code).toBe(0)
    expect(Object.values(await readSecrets())).not.toContain(before[1]['cookie_key'])
    expect(await enter(1)).toBe(200)
    expect(await bankAccount()).toBe('0123456789012345678')
    const report = await fetch(`${imports}/${job.id}/errors`, { headers: { cookie } })
    expect(await report.text()).toContain('9876543210123456789')
  })

  it('is changed by no other words', async () => {
    const { code, text } = await runCrm(['secrets', 'spin'], {
      DATABASE_URL: test.url,
      DATA_DIR: server.dataDir,
    })
    expect([code, text]).toEqual([2, expect.stringContaining('secrets rotate')])
  })
})
