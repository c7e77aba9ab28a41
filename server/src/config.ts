import { availableParallelism } from 'node:os'
import { isAbsolute, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

/** How much the log says; the levels are pino's. */
export type LogLevel = (typeof LOG_LEVELS)[number]

/** Everything the environment decides, read once at start and frozen. */
export interface Config {
  /** The root of the repository: where `metadata/`, `migrations/` and `plugins/` lie. */
  readonly rootDir: string
  /** The tenant that this process serves: a customer's organization, or one of its environments. */
  readonly tenant: string
  /** Whether it serves all tenants, each by its host names (`TENANT=*`); `tenant` is then the one of commands. */
  readonly servesAll: boolean
  readonly host: string
  readonly port: number
  /** Where the embedded database, stored files and generated secrets are kept. */
  readonly dataDir: string
  /** A PostgreSQL to connect to; without one the server runs its own under `dataDir`. */
  readonly databaseUrl: string | undefined
  /** The same database around the pooler in transaction mode that `databaseUrl` leads through. */
  readonly databaseDirectUrl: string | undefined
  /** Further database servers that tenants may live on, by name: `DATABASE_URL_EAST` is the node `east`. */
  readonly nodes: Readonly<Record<string, NodeAddress>>
  /** Proxies (addresses or networks) whose word is taken for the caller's address and protocol. */
  readonly trustedProxies: readonly string[]
  readonly poolSize: number
  readonly statementTimeoutMs: number
  /** From how many rows on a table is so large that it is published in steps, while people work on it. */
  readonly largeTableRows: number
  readonly adminEmail: string | undefined
  readonly adminPassword: string | undefined
  /** Whether the demo data is loaded with the app; `DEMO=none` leaves it out. */
  readonly demo: boolean
  readonly logLevel: LogLevel
  /** Where people reach the product, without a slash at the end; links in mails begin with it. */
  readonly publicUrl: string
  /** The mail server, with its credentials; without one no mail is sent. */
  readonly smtpUrl: string | undefined
  readonly mailFrom: string | undefined
  /** The OpenID Connect provider by which people may sign in. */
  readonly identityProvider: IdentityProviderConfig | undefined
  /** Who needs a second step to sign in; `admins` are those with power over people, metadata or all data. */
  readonly requireTotp: 'none' | 'admins' | 'all'
}

/** How a node is reached. */
export interface NodeAddress {
  readonly url: string
  /** The same around a pooler. */
  readonly directUrl: string | undefined
}

/** The tenant that every installation has. */
export const MAIN_TENANT_NAME = 'main'

/** Whether a text can name a tenant, and so the schema that holds it. */
export function isTenantName(text: string): boolean {
  return (
    /^[a-z][a-z0-9_]{0,62}$/.test(text) &&
    !/^(pg_|platform$|public$|information_schema$)/.test(text)
  )
}

/** A provider of sign-ins, and who this server is there. */
export interface IdentityProviderConfig {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string | undefined
  readonly label: string
}

/** The environment is wrong; the message names every variable and what it may be. */
export class ConfigError extends Error {
  readonly code = 'config_invalid'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(
      `The configuration is not valid:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    )
    this.name = 'ConfigError'
    this.problems = problems
  }
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads and checks the environment, collecting every problem before it gives up.
 *
 * @example loadConfig({ PORT: '8080' }).port // 8080
 * @throws ConfigError naming each variable that is wrong.
 */
export function loadConfig(environment: Environment = process.env): Config {
  const rootDir = fileURLToPath(new URL('../../', import.meta.url))
  const variables = new Variables(environment)
  const host = variables.text('HOST') ?? '127.0.0.1'
  const port = variables.integer('PORT', { least: 0, most: 65_535, fallback: 3000 })
  const config: Config = {
    rootDir,
    tenant: variables.tenant('TENANT') ?? MAIN_TENANT_NAME,
    servesAll: variables.text('TENANT') === EVERY_TENANT,
    host,
    port,
    dataDir: locate(rootDir, variables.text('DATA_DIR') ?? '.data'),
    databaseUrl: variables.databaseUrl('DATABASE_URL'),
    databaseDirectUrl: variables.databaseUrl('DATABASE_DIRECT_URL'),
    nodes: variables.nodes(),
    trustedProxies: variables.list('TRUST_PROXY'),
    poolSize: variables.integer('POOL_SIZE', { least: 1, most: 500, fallback: defaultPoolSize() }),
    statementTimeoutMs: variables.integer('STATEMENT_TIMEOUT_MS', {
      least: 100,
      most: 3_600_000,
      fallback: 15_000,
    }),
    largeTableRows: variables.integer('LARGE_TABLE_ROWS', {
      least: 1,
      most: 1_000_000_000,
      fallback: 10_000,
    }),
    adminEmail: variables.email('ADMIN_EMAIL'),
    adminPassword: variables.text('ADMIN_PASSWORD'),
    demo: variables.choice('DEMO', ['sample', 'none'], 'sample') === 'sample',
    logLevel: variables.choice('LOG_LEVEL', LOG_LEVELS, 'info'),
    publicUrl: (variables.webUrl('PUBLIC_URL') ?? `http://${host}:${port}`).replace(/\/+$/, ''),
    smtpUrl: variables.smtpUrl('SMTP_URL'),
    mailFrom: variables.text('MAIL_FROM'),
    identityProvider: readIdentityProvider(variables),
    requireTotp: variables.choice('REQUIRE_TOTP', ['none', 'admins', 'all'], 'none'),
  }
  variables.requireTogether('ADMIN_EMAIL', 'ADMIN_PASSWORD')
  variables.requireWith('DATABASE_DIRECT_URL', 'DATABASE_URL')
  variables.requireTogether('OIDC_ISSUER', 'OIDC_CLIENT_ID')
  // Whoever gets a link must be able to follow it: the address that this server listens on says nothing of that.
  for (const name of ['SMTP_URL', 'OIDC_ISSUER']) variables.requireWith(name, 'PUBLIC_URL')
  if (variables.problems.length > 0) throw new ConfigError(variables.problems)
  return Object.freeze(config)
}

// Two to four connections a core keep PostgreSQL busy; more only makes them wait for each other.
function defaultPoolSize(): number {
  return Math.min(32, Math.max(8, availableParallelism() * 4))
}

function readIdentityProvider(variables: Variables): IdentityProviderConfig | undefined {
  const issuer = variables.webUrl('OIDC_ISSUER')
  const clientId = variables.text('OIDC_CLIENT_ID')
  const clientSecret = variables.text('OIDC_CLIENT_SECRET')
  const label = variables.text('OIDC_LABEL') ?? 'SSO'
  if (issuer === undefined || clientId === undefined) return undefined
  return { issuer, clientId, clientSecret, label }
}

/** `TENANT=*`. */
const EVERY_TENANT = '*'

const NODE_VARIABLE = /^DATABASE_URL_([A-Z][A-Z0-9_]*)$/

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/

function locate(rootDir: string, path: string): string {
  return isAbsolute(path) ? path : resolve(rootDir, path)
}

interface IntegerBounds {
  readonly least: number
  readonly most: number
  readonly fallback: number
}

class Variables {
  readonly problems: string[] = []
  readonly #environment: Environment

  constructor(environment: Environment) {
    this.#environment = environment
  }

  /** An empty variable counts as absent: that is how compose files and CI unset one. */
  text(name: string): string | undefined {
    const value = this.#environment[name]?.trim()
    return value === '' ? undefined : value
  }

  /** `10.0.0.0/8, loopback` */
  list(name: string): string[] {
    const parts = (this.text(name) ?? '').split(',').map((part) => part.trim())
    return parts.filter((part) => part !== '')
  }

  integer(name: string, { least, most, fallback }: IntegerBounds): number {
    const value = this.text(name)
    if (value === undefined) return fallback
    const number = /^\d+$/.test(value) ? Number(value) : Number.NaN
    if (number >= least && number <= most) return number
    this.problems.push(`${name} must be a whole number from ${least} to ${most}, not "${value}"`)
    return fallback
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.text(name)?.toLowerCase()
    if (value === undefined) return fallback
    if (['1', 'true', 'yes', 'on'].includes(value)) return true
    if (['0', 'false', 'no', 'off'].includes(value)) return false
    this.problems.push(`${name} must be true or false, not "${value}"`)
    return fallback
  }

  choice<Value extends string>(name: string, allowed: readonly Value[], fallback: Value): Value {
    const value = this.text(name)
    if (value === undefined) return fallback
    const known = allowed.find((candidate) => candidate === value.toLowerCase())
    if (known !== undefined) return known
    this.problems.push(`${name} must be one of ${allowed.join(', ')}, not "${value}"`)
    return fallback
  }

  email(name: string): string | undefined {
    const value = this.text(name)
    if (value !== undefined && !/^[^\s@]+@[^\s@]+$/.test(value)) {
      this.problems.push(`${name} must be an e-mail address, not "${value}"`)
    }
    return value
  }

  tenant(name: string): string | undefined {
    const value = this.text(name)
    if (value === EVERY_TENANT) return undefined
    if (value !== undefined && !isTenantName(value)) {
      this.problems.push(
        `${name} must be the name of a tenant (lower-case letters, digits and _) or *, not "${value}"`,
      )
    }
    return value
  }

  databaseUrl(name: string): string | undefined {
    const value = this.text(name)
    // The value is never repeated in a message: it holds a password.
    if (value !== undefined && !/^postgres(ql)?:\/\/\S+$/.test(value)) {
      this.problems.push(`${name} must look like postgres://user:password@host:5432/database`)
    }
    return value
  }

  /** `DATABASE_URL_EAST` and `DATABASE_DIRECT_URL_EAST` are the node `east`. */
  nodes(): Record<string, NodeAddress> {
    const found = Object.keys(this.#environment).flatMap((name) => {
      const node = NODE_VARIABLE.exec(name)?.[1]
      const url = node === undefined ? undefined : this.databaseUrl(name)
      if (node === undefined || url === undefined) return []
      const directUrl = this.databaseUrl(`DATABASE_DIRECT_URL_${node}`)
      return [[node.toLowerCase(), { url, directUrl }] as const]
    })
    return Object.fromEntries(found)
  }

  /** `https://crm.example.cn`; without TLS only on this machine. */
  webUrl(name: string): string | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    const url = URL.canParse(value) ? new URL(value) : undefined
    const isSafe =
      url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.test(url.hostname))
    const isPlain = url?.search === '' && url.hash === '' && url.username === ''
    if (!isSafe || !isPlain) {
      this.problems.push(
        `${name} must be an address such as https://crm.example.cn, not "${value}"`,
      )
    }
    return value
  }

  smtpUrl(name: string): string | undefined {
    const value = this.text(name)
    // The value is never repeated in a message: it holds a password.
    if (value !== undefined && !(/^smtps?:\/\/\S+$/.test(value) && URL.canParse(value))) {
      this.problems.push(`${name} must look like smtp://user:password@host:587`)
    }
    return value
  }

  requireWith(name: string, needed: string): void {
    if (this.text(name) !== undefined && this.text(needed) === undefined) {
      this.problems.push(`${name} needs ${needed}`)
    }
  }

  requireTogether(first: string, second: string): void {
    if ((this.text(first) === undefined) !== (this.text(second) === undefined)) {
      this.problems.push(`${first} and ${second} must be set together`)
    }
  }
}
