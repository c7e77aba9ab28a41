import type { Locale } from '@trellis/metamodel'

import type { Database, Transaction } from '../db/index.ts'
import type { Mail, Mailer } from '../mail/index.ts'
import { enqueue } from '../outbox/index.ts'
import type { Release } from '../schema/release.ts'
import type { Actor } from './actor.ts'
import { loadActor } from './load-actor.ts'
import { dropTokens, issueToken } from './one-time-tokens.ts'
import { findSignIn } from './sign-in.ts'

/** Who sends the letter: a topic of the outbox. */
export const RESET_TOPIC = 'password.reset'

const GOOD_FOR_MINUTES = 30
const GOOD_FOR_SECONDS = GOOD_FOR_MINUTES * 60

/**
 * Takes note that somebody has forgotten the password of an address. Whether there is an account is looked up
 * when the letter is written, so that the answer is the same and takes the same time.
 */
export async function askForReset(db: Database, release: Release, email: string): Promise<void> {
  const payload = { email, asked_at: new Date().toISOString() }
  await db.inTransaction((tx) =>
    enqueue(tx, release.physical.names.schema, [{ topic: RESET_TOPIC, payload }]),
  )
}

/** What writing the letter needs. */
export interface ResetGround {
  readonly db: Database
  readonly release: Release
  readonly mailer: Mailer
  /** Where people reach the product: `https://crm.example.cn`. */
  readonly publicUrl: string
}

/** Sends the letter with the link, if there is an active user to send it to. A later link makes this one useless. */
export async function sendResetLetter(
  { db, release, mailer, publicUrl }: ResetGround,
  payload: Readonly<Record<string, unknown>>,
): Promise<void> {
  const isOld = Date.now() - Date.parse(String(payload['asked_at'])) > GOOD_FOR_SECONDS * 1000
  const user = isOld
    ? undefined
    : await findSignIn(db, {
        tenant: release.physical.names.schema,
        email: String(payload['email']),
      })
  const actor = user && (await loadActor(db, release, { ...user, by: 'system' }))
  if (actor === undefined || actor.email === '') return
  const token = await db.inTransaction((tx) => issueResetToken(tx, actor))
  // Behind the "#": what stands there is sent to no server and into no log.
  await mailer.send(resetLetter(actor, `${publicUrl}/reset-password#${token}`))
}

async function issueResetToken(tx: Transaction, user: Actor): Promise<string> {
  await dropTokens(tx, user, 'password_reset')
  return issueToken(tx, { purpose: 'password_reset', user, seconds: GOOD_FOR_SECONDS })
}

function resetLetter({ email, name, locale }: Actor, link: string): Mail {
  const { subject, text } = LETTERS[locale](name, link)
  return { to: email, subject, text }
}

type Letter = (name: string, link: string) => Pick<Mail, 'subject' | 'text'>

const LETTERS: Readonly<Record<Locale, Letter>> = {
  'zh-CN': (name, link) => ({
    subject: '重置 Trellis 密码',
    text: `${name}，您好：

请在 ${GOOD_FOR_MINUTES} 分钟内打开以下链接设置新密码，该链接只能使用一次：

${link}

设置新密码后，您的所有会话和 API 密钥都会失效。
如果您没有申请重置密码，请忽略此邮件，您的密码不会改变。
`,
  }),
  'en-US': (name, link) => ({
    subject: 'Reset your Trellis password',
    text: `Hello ${name},

Open this link within ${GOOD_FOR_MINUTES} minutes to choose a new password. It works once:

${link}

Choosing a new password ends all of your sessions and API keys.
If you did not ask for this, ignore this mail: your password stays as it is.
`,
  }),
}
