import { createSign, generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { Provider } from 'oidc-provider'

/** Who signs in next, and what is done to the ID token that tells of it; set by the test. */
interface Plan {
  subject: string
  email: string
  verified: boolean
  /** Claims that the ID token is signed with in place of the right ones. */
  claims: Record<string, unknown>
  /** What is done to it after signing. */
  tampering: 'none' | 'altered' | 'unsigned' | 'other_key'
  amr: string[]
}

let plan: Plan = { subject: '', email: '', verified: true, claims: {}, tampering: 'none', amr: [] }

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const otherKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
const KEY_ID = 'k1'

const server = createServer()
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  const issuer = `http://127.0.0.1:${port}`
  server.on('request', makeProvider(issuer).callback())
  process.stdout.write(`${issuer}\n`)
})

function makeProvider(issuer: string): Provider {
  const provider: Provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'trellis',
        client_secret: process.argv[2] ?? '',
        redirect_uris: [process.argv[3] ?? ''],
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: KEY_ID, alg: 'RS256' }] },
    claims: { openid: ['sub', 'amr'], email: ['email', 'email_verified'] },
    findAccount: (_ctx, id) => ({
      accountId: id,
      claims: () => ({ sub: id, email: plan.email, email_verified: plan.verified }),
    }),
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    pkce: { required: () => true },
    cookies: { keys: ['cookies of a test'] },
    async loadExistingGrant(ctx) {
      const grant = new provider.Grant({
        clientId: ctx.oidc.client?.clientId ?? '',
        accountId: ctx.oidc.session?.accountId ?? '',
      })
      grant.addOIDCScope('openid email')
      await grant.save()
      return grant
    },
  })
  provider.use(async (ctx, next) => {
    if (ctx.path === '/plan') {
      plan = JSON.parse(decodeURIComponent(ctx.querystring))
      ctx.status = 204
      return
    }
    if (ctx.path.startsWith('/interaction/')) {
      const result = { login: { accountId: plan.subject, amr: plan.amr } }
      await provider.interactionFinished(ctx.req, ctx.res, result)
      ctx.respond = false
      return
    }
    await next()
    const answer: unknown = ctx.body
    if (ctx.path !== '/token' || typeof answer !== 'object' || answer === null) return
    if ('id_token' in answer) ctx.body = { ...answer, id_token: resign(String(answer.id_token)) }
  })
  return provider
}

function resign(token: string): string {
  const [, payload = ''] = token.split('.')
  const claims: object = JSON.parse(Buffer.from(payload, 'base64url').toString())
  const body = encode({ ...claims, ...plan.claims })
  if (plan.tampering === 'unsigned') return `${encode({ alg: 'none' })}.${body}.`
  const signed = `${encode({ alg: 'RS256', typ: 'JWT', kid: KEY_ID })}.${body}`
  const key = plan.tampering === 'other_key' ? otherKey : privateKey
  const signature = createSign('sha256').update(signed).sign(key, 'base64url')
  if (plan.tampering !== 'altered') return `${signed}.${signature}`
  const other = encode({ ...claims, sub: 'somebody else' })
  return `${encode({ alg: 'RS256', typ: 'JWT', kid: KEY_ID })}.${other}.${signature}`
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
