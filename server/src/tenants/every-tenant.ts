import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'

import type { Secrets } from '../app.ts'
import type { Config } from '../config.ts'
import type { Unlisten } from '../db/index.ts'
import { RequestError } from '../errors.ts'
import { serverSettings } from '../http/server-settings.ts'
import { type Installation, type Log, openTenant, type Platform } from '../installation.ts'
import { type ServedTenant, serveTenant } from '../serve-tenant.ts'
import { loadReached, TENANTS_CHANNEL, type TenantReached } from './tenant-store.ts'

/** A missed notification heals by this. */
const POLL_MS = 1000

interface Open {
  readonly installation: Installation
  readonly served: ServedTenant
}

/**
 * Serves all tenants in one process, each by its host names. What a tenant has here is what a process of its own would
 * have: connections come from the pool of its node, all else is its own. One that is new is opened as soon as it is
 * heard of, since its jobs wait; one that is gone is closed.
 */
export class EveryTenant {
  readonly #platform: Platform
  readonly #secrets: Secrets
  readonly #log: Log
  readonly #server: Server
  readonly #open = new Map<string, Promise<Open>>()
  #hosts: ReadonlyMap<string, TenantReached> = new Map()
  #looking: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #unlisten: Unlisten | undefined

  constructor(platform: Platform, secrets: Secrets, log: Log) {
    this.#platform = platform
    this.#secrets = secrets
    this.#log = log
    const { http } = serverSettings(platform.config)
    const settings = { requestTimeout: 300_000, keepAliveTimeout: 72_000, ...http }
    this.#server = createServer(settings, (request, response) => {
      this.#answer(request, response).catch(() => refuse(response, 503))
    })
  }

  /** Opens the tenants that are there and listens. @returns the port */
  async start(): Promise<number> {
    const { home } = this.#platform.nodes
    const look = (): void => void this.#look().catch(() => undefined)
    this.#unlisten = await home.listen(TENANTS_CHANNEL, look, look)
    await this.#look()
    this.#timer = setInterval(look, POLL_MS).unref()
    const { host, port } = this.#platform.config
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject).listen(port, host, resolve)
    })
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : port
  }

  /** Answers what is being answered, and closes every tenant. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#unlisten?.()
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.#server.closeIdleConnections()
    await this.#looking?.catch(() => undefined)
    await Promise.all([...this.#open.keys()].map((name) => this.#close(name)))
    this.#server.closeAllConnections()
    await closed
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const tenant = this.#hosts.get(hostOf(request))
    if (!tenant) {
      refuse(response, 404)
      return
    }
    const { served } = await this.#opened(tenant)
    served.app.routing(request, response)
  }

  /** Looks which tenants there are. Concurrent calls share one look. */
  #look(): Promise<void> {
    this.#looking ??= this.#follow().finally(() => {
      this.#looking = undefined
    })
    return this.#looking
  }

  async #follow(): Promise<void> {
    const tenants = await loadReached(this.#platform.nodes.home)
    this.#hosts = new Map(
      tenants.flatMap((tenant) => tenant.hosts.map((host) => [host, tenant] as const)),
    )
    const known = new Set(tenants.map(({ name }) => name))
    for (const name of this.#open.keys()) if (!known.has(name)) await this.#close(name)
    // Nobody waits for it here: the node of one may be away. Without a host it may still be in the making.
    for (const tenant of tenants.filter(({ hosts }) => hosts.length > 0)) {
      this.#opened(tenant).catch((error: unknown) => {
        this.#log(`The tenant ${tenant.name} cannot be served: ${String(error)}`)
      })
    }
  }

  #opened(tenant: TenantReached): Promise<Open> {
    const known = this.#open.get(tenant.name)
    if (known) return known
    const opening = this.#openTenant(tenant)
    this.#open.set(tenant.name, opening)
    opening.catch(() => this.#open.delete(tenant.name))
    return opening
  }

  async #openTenant({ name, hosts }: TenantReached): Promise<Open> {
    const opened = await openTenant(this.#platform, name, this.#log)
    const config = { ...opened.config, publicUrl: publicUrlOf(opened.config, hosts) }
    const installation = { ...opened, config }
    try {
      const served = await serveTenant(installation, this.#secrets, this.#log)
      await served.app.ready()
      return { installation, served }
    } catch (error) {
      await opened.close()
      throw error
    }
  }

  async #close(name: string): Promise<void> {
    const open = await this.#open.get(name)?.catch(() => undefined)
    this.#open.delete(name)
    await open?.served.stop()
    await open?.installation.close()
  }
}

/** The host of a request, without its port. A proxy in front passes it on as it came. */
function hostOf({ headers }: IncomingMessage): string {
  return (headers.host ?? '').replace(/:\d+$/, '').toLowerCase()
}

/** Letters lead to the first of a tenant's hosts, by the protocol and port of the address that is configured. */
function publicUrlOf({ publicUrl }: Config, [host]: readonly string[]): string {
  const url = new URL(publicUrl)
  if (host !== undefined) url.hostname = host
  return url.href.replace(/\/+$/, '')
}

const REFUSALS = {
  404: {
    code: 'unknown_host',
    title: '没有租户使用此主机名 · No tenant has this host name',
  },
  503: { code: 'unavailable', title: new RequestError('unavailable').message },
} as const

function refuse(response: ServerResponse, status: keyof typeof REFUSALS): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const { code, title } = REFUSALS[status]
  response
    .writeHead(status, { 'content-type': 'application/problem+json', 'cache-control': 'no-store' })
    .end(JSON.stringify({ type: `urn:problem:${code.replace('_', '-')}`, title, status, code }))
}
