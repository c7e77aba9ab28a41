import { createApp } from '@trellis/server'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { startJobs, type Stop } from '../../server/src/jobs/start-jobs.ts'
import { type Answer, startTestServer, type TestServer, type TestUser } from '../support/index.ts'
import { letterText, Mailbox } from '../support/mailbox.ts'

const FORGOT = '/api/v1/auth/forgot-password'
const RESET = '/api/v1/auth/reset-password'
const ME = '/api/v1/me'
const OWN = 'a quite different password'

let server: TestServer
let mailbox: Mailbox
let stopJobs: Stop
const log: string[] = []

beforeAll(async () => {
  server = await startTestServer({ signInLimits: { perAccount: 50, perAddress: 10_000 } })
  mailbox = await Mailbox.open()
  const { config } = server.foundation
  stopJobs = await startJobs(
    {
      ...server.foundation,
      config: {
        ...config,
        smtpUrl: mailbox.url,
        mailFrom: 'Trellis <crm@example.cn>',
        publicUrl: 'https://crm.example.cn',
      },
    },
    { log: (line) => log.push(line) },
  )
})
beforeEach(() => {
  mailbox.letters.length = 0
})
afterAll(async () => {
  await stopJobs()
  await server.stop()
  await mailbox.close()
})

function untimed({ status, headers, text }: Answer): unknown {
  const { date: _date, 'x-request-id': _id, ...rest } = headers
  return { status, headers: rest, text }
}

async function letterTo(email: string): Promise<string> {
  const find = () => mailbox.letters.find(({ to }) => to.includes(email))
  await expect.poll(find, { timeout: 8000 }).toBeDefined()
  const letter = find()
  return letter === undefined ? '' : `${letter.source}\n${letterText(letter)}`
}

async function tokenFor(user: TestUser): Promise<string> {
  expect((await server.stranger.post(FORGOT, { email: user.email })).status).toBe(204)
  return tokenIn(await letterTo(user.email))
}

function tokenIn(letter: string): string {
  return /https:\/\/crm\.example\.cn\/reset-password#([\w-]{43})\s/.exec(letter)?.[1] ?? ''
}

describe('a forgotten password', () => {
  it.each([
    ['zh-CN', '重置 Trellis 密码', '30 分钟'],
    ['en-US', 'Reset your Trellis password', '30 minutes'],
  ])('brings a letter with a link in %s', async (locale, subject, lasting) => {
    const user = await server.createUser({ sets: [], name: '李雷', locale })
    expect(await tokenFor(user)).toMatch(/^[\w-]{43}$/)
    const letter = await letterTo(user.email)
    expect(letter).toContain(`To: ${user.email}`)
    expect(letter).toContain('From: Trellis <crm@example.cn>')
    expect(letter).toContain('李雷')
    expect(letter).toContain(lasting)
    const title = /^Subject: (.*(?:\r\n .*)*)/m.exec(letter)?.[1] ?? ''
    const decoded = title.replaceAll(/=\?UTF-8\?Q\?([^?]*)\?=\s*/gi, (_all, part: string) =>
      decodeURIComponent(part.replaceAll('_', ' ').replaceAll('=', '%')),
    )
    expect(decoded).toBe(subject)
  })

  it('opens the way to another password once, and ends everything that was open', async () => {
    const user = await server.createUser({ sets: ['admin'] })
    const caller = await server.signIn(user)
    const { key } = (await caller.post('/api/v1/api-keys', { label: 'k' })).body
    const token = await tokenFor(user)
    const easy = await server.stranger.post(RESET, { token, password: '123456789012' })
    expect(easy.body.errors).toMatchObject([{ path: 'password', code: 'breached' }])
    expect((await server.stranger.post(RESET, { token, password: OWN })).status).toBe(204)
    expect((await caller.get(ME)).status).toBe(401)
    const program = server.stranger.with({ authorization: `Bearer ${key}` })
    expect((await program.get(ME)).status).toBe(401)
    await expect(server.signIn(user)).rejects.toThrow('401')
    const fresh = await server.signIn({ ...user, password: OWN })
    expect((await fresh.get(ME)).body.must_change_password).toBe(false)
    const again = await server.stranger.post(RESET, { token, password: `${OWN} again` })
    expect([again.status, again.body.errors[0].path]).toEqual([422, 'token'])
  })

  it('lets one of two through who come with the same link at once', async () => {
    const token = await tokenFor(await server.createUser({ sets: [] }))
    const answers = await Promise.all(
      ['one', 'two'].map((word) =>
        server.stranger.post(RESET, { token, password: `${OWN} ${word}` }),
      ),
    )
    expect(answers.map(({ status }) => status).toSorted()).toEqual([204, 422])
  })

  it('is useless when it is altered, too old, asked for anew, or its user is gone', async () => {
    const reset = async (token: string): Promise<number> =>
      (await server.stranger.post(RESET, { token, password: OWN })).status
    const user = await server.createUser({ sets: [] })
    const first = await tokenFor(user)
    expect(await reset(`${first.slice(0, -1)}${first.endsWith('A') ? 'B' : 'A'}`)).toBe(422)
    expect(await reset('')).toBe(400)
    mailbox.letters.length = 0
    const second = await tokenFor(user)
    expect(await reset(first)).toBe(422)
    await server.test.database.execute(
      `update platform.one_time_token set expires_at = now() where user_id = $1`,
      [user.id],
    )
    expect(await reset(second)).toBe(422)
    mailbox.letters.length = 0
    const third = await tokenFor(user)
    await server.test.database.execute('update main."user" set active = false where id = $1', [
      user.id,
    ])
    expect(await reset(third)).toBe(422)
  })

  it('answers the same for an address that nobody has, and writes to nobody', async () => {
    const user = await server.createUser({ sets: [] })
    const known = await server.stranger.post(FORGOT, { email: user.email })
    const unknown = await server.stranger.post(FORGOT, { email: `no.${user.email}` })
    expect(untimed(unknown)).toEqual(untimed(known))
    await letterTo(user.email)
    const waiting = () => server.test.database.query('select 1 from main._outbox')
    await expect.poll(waiting, { timeout: 8000 }).toEqual([])
    expect(mailbox.letters).toHaveLength(1)
  })

  it('keeps no token in a form with which anybody could come in', async () => {
    const user = await server.createUser({ sets: [] })
    const token = await tokenFor(user)
    const rows = await server.test.database.query(
      'select t::text from platform.one_time_token t where user_id = $1',
      [user.id],
    )
    expect(rows).toHaveLength(1)
    expect(JSON.stringify(rows)).not.toContain(token)
    expect(log.join('\n')).not.toContain(token)
  })

  it('does not take the host of a request for the address of the product', async () => {
    const user = await server.createUser({ sets: [] })
    const lured = server.stranger.with({ host: 'evil.example', 'x-forwarded-host': 'evil.example' })
    await lured.post(FORGOT, { email: user.email })
    expect(await letterTo(user.email)).not.toContain('evil.example')
  })

  it('is asked for three times in a quarter of an hour, whether there is such a user or not', async () => {
    const user = await server.createUser({ sets: [] })
    for (const email of [user.email, `nobody.${user.email}`]) {
      const statuses = []
      for (const spelling of [email, email.toUpperCase(), email, email]) {
        statuses.push((await server.stranger.post(FORGOT, { email: spelling })).status)
      }
      expect(statuses).toEqual([204, 204, 204, 429])
    }
  })

  it('answers as ever where no mail can be sent, and the log says so without the address', async () => {
    const said: string[] = []
    await stopJobs()
    const { foundation } = server
    const stop = await startJobs(foundation, { log: (line) => said.push(line) })
    const app = await createApp(foundation)
    const user = await server.createUser({ sets: [] })
    expect((await server.stranger.post(FORGOT, { email: user.email })).status).toBe(204)
    await expect
      .poll(() => said, { timeout: 8000 })
      .toContain('A mail was not sent: SMTP_URL is not set')
    expect(said.join('\n')).not.toContain(user.email)
    await app.close()
    await stop()
    stopJobs = async () => undefined
  })
})
