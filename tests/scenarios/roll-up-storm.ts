import { join } from 'node:path'

import type { Database } from '@trellis/server/db'

import { examine } from '../../server/src/catalog/index.ts'
import { loadPlugins } from '../../server/src/plugin-host.ts'
import { Random } from '../oracle/random.ts'
import { LiveServer } from '../support/live-server.ts'
import { publishPieces } from '../support/publish.ts'
import { ROLL_UP_WORLD } from '../support/roll-up-world.ts'
import { ROOT_DIR } from '../support/test-config.ts'

/** How hard it blows. */
export interface StormLimits {
  changes: number
  seed: number
  /** How often one of the two servers is ended by SIGKILL and started anew. */
  kills: number
}

/** What a storm came to. */
export interface StormResult {
  changes: number
  /** Answers by status and code, e.g. `409 in_use`; a lost request was on its way to a server that was killed. */
  answers: ReadonlyMap<string, number>
  /** What the doctor found afterwards. */
  drift: readonly string[]
  /** How many records there are in the end. */
  lines: number
  seconds: number
}

interface Answered {
  status: number
  body: { id: string; results?: { id?: string; status: number; code?: string }[]; code?: string }
  text: string
}

const CLIENTS = 12
const SITES = 16
const REGIONS = 3

/**
 * Changes lines, parts and sites at random through two server processes, many at once on few parents, while one of
 * the servers is killed again and again; then makes every roll-up anew and compares.
 */
export async function runStorm(
  { url, database }: { url: string; database: Database },
  limits: StormLimits,
): Promise<StormResult> {
  const storm = new Storm(url, limits)
  await storm.begin()
  const began = performance.now()
  try {
    await storm.blow()
  } finally {
    await storm.end()
  }
  const seconds = (performance.now() - began) / 1000
  const { fieldTypes } = await loadPlugins(join(ROOT_DIR, 'plugins'))
  const found = await examine(database, 'main', fieldTypes)
  const [count] = await database.query<{ lines: number }>(
    'select count(*)::int as lines from main.line__c',
  )
  return {
    changes: limits.changes,
    answers: new Map([...storm.answers].toSorted()),
    drift: found.map(({ place, message }) => `${place}: ${message['en-US']}`),
    lines: count?.lines ?? 0,
    seconds,
  }
}

class Storm {
  readonly answers = new Map<string, number>()
  readonly #url: string
  readonly #limits: StormLimits
  readonly #random: Random
  #servers: LiveServer[] = []
  #done = 0
  #killed = 0
  #restarting: Promise<void> | undefined
  readonly #regions: string[] = []
  readonly #sites: string[] = []
  readonly #lines: string[] = []
  readonly #parts: string[] = []

  constructor(url: string, limits: StormLimits) {
    this.#url = url
    this.#limits = limits
    this.#random = new Random(limits.seed)
  }

  async begin(): Promise<void> {
    const first = await LiveServer.start(this.#url)
    this.#servers = [first]
    const admin = {
      post: (path: string, body: object) => this.#send(first, 'POST', path, body),
      put: (path: string, body: object) => this.#send(first, 'PUT', path, body),
    }
    const published = await publishPieces(admin, ROLL_UP_WORLD)
    if (published.status !== 200) throw new Error(published.text)
    this.#servers.push(await LiveServer.start(this.#url))
    for (let index = 0; index < REGIONS; index += 1) {
      this.#regions.push((await admin.post(at('region'), { name: `R${index}` })).body.id)
    }
    for (let index = 0; index < SITES; index += 1) {
      const site = { name: `S${index}`, region__c: this.#random.pick(this.#regions) }
      this.#sites.push((await admin.post(at('site'), { ...site, limit__c: 2000 })).body.id)
    }
  }

  async blow(): Promise<void> {
    await Promise.all(Array.from({ length: CLIENTS }, () => this.#client()))
    await this.#restarting
  }

  async end(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.stop()))
  }

  async #client(): Promise<void> {
    while (this.#done < this.#limits.changes) {
      const due = ((this.#killed + 1) * this.#limits.changes) / (this.#limits.kills + 1)
      if (this.#killed < this.#limits.kills && this.#done >= due && !this.#restarting) {
        this.#killed += 1
        this.#restarting = this.#restart().finally(() => {
          this.#restarting = undefined
        })
      }
      await this.#change()
    }
  }

  async #restart(): Promise<void> {
    const [victim, other] = this.#servers
    if (!victim || !other) throw new Error('There are two servers')
    this.#servers = [other]
    await victim.kill()
    this.#servers = [other, await LiveServer.start(this.#url)]
  }

  /** One request, of one change or many. */
  async #change(): Promise<void> {
    const random = this.#random
    const makes = random.chance(this.#lines.length < 200 ? 0.6 : 0.15)
    if (makes) return this.#make()
    const kinds = [
      () => this.#batchOf(),
      () => this.#patch('line', random.pick(this.#lines), this.#lineValues()),
      () => this.#patch('line', random.pick(this.#lines), this.#lineValues()),
      () => this.#patch('line', random.pick(this.#lines), { site__c: this.#site() }),
      () => this.#one('DELETE', `${at('line')}/${random.pick(this.#lines)}`),
      () => this.#one('POST', `${at('line')}/${random.pick(this.#lines)}/restore`),
      () => this.#onPart(),
      () => this.#onSite(),
    ]
    if (this.#lines.length === 0 || this.#parts.length === 0) return this.#make()
    await random.pick(kinds)()
  }

  async #make(): Promise<void> {
    const isPart = this.#random.chance(0.3) || this.#parts.length === 0
    const [object, values, known] = isPart
      ? ([
          'part',
          { site__c: this.#random.pick(this.#sites), weight__c: this.#amount() },
          this.#parts,
        ] as const)
      : (['line', { ...this.#lineValues(), site__c: this.#site() }, this.#lines] as const)
    const made = await this.#one('POST', at(object), { name: 'N', ...values })
    if (made?.status === 201) known.push(made.body.id)
  }

  async #batchOf(): Promise<void> {
    const random = this.#random
    const size = random.between(2, 25)
    const pick = (): string => random.pick(this.#lines)
    const operations = Array.from({ length: size }, (): object => {
      if (random.chance(0.4)) {
        return { op: 'create', record: { name: 'B', ...this.#lineValues(), site__c: this.#site() } }
      }
      if (random.chance(0.2)) return { op: 'delete', id: pick() }
      return { op: 'update', id: pick(), record: { ...this.#lineValues(), site__c: this.#site() } }
    })
    const atomic = random.chance(0.2)
    const answer = await this.#one('POST', `${at('line')}/batch`, { operations, atomic }, size)
    for (const { status, id } of answer?.body.results ?? []) {
      if (status === 201 && id !== undefined) this.#lines.push(id)
    }
  }

  async #onPart(): Promise<void> {
    const path = `${at('part')}/${this.#random.pick(this.#parts)}`
    const acts = [
      () => this.#one('PATCH', path, { weight__c: this.#amount() }),
      () => this.#one('PATCH', path, { site__c: this.#random.pick(this.#sites) }),
      () => this.#one('DELETE', path),
      () => this.#one('POST', `${path}/restore`),
    ]
    await this.#random.pick(acts)()
  }

  async #onSite(): Promise<void> {
    const path = `${at('site')}/${this.#random.pick(this.#sites)}`
    const acts = [
      () => this.#one('PATCH', path, { limit__c: this.#random.between(500, 5000) }),
      () => this.#one('PATCH', path, { region__c: this.#random.maybe(this.#regions, 0.9) }),
      async () => {
        await this.#one('DELETE', path)
        await this.#one('POST', `${path}/restore`)
      },
    ]
    await this.#random.pick(acts)()
  }

  async #patch(object: string, id: string, values: object): Promise<void> {
    await this.#one('PATCH', `${at(object)}/${id}`, values)
  }

  #lineValues(): object {
    const random = this.#random
    return {
      amount__c: this.#amount(),
      pieces__c: random.between(0, 9),
      status__c: random.pick(['open', 'confirmed']),
      day__c: `2026-0${random.between(1, 9)}-1${random.between(0, 9)}`,
    }
  }

  #amount(): number {
    return this.#random.between(-500, 9000) / 100
  }

  #site(): string | null {
    return this.#random.maybe(this.#sites, 0.95)
  }

  async #one(
    method: string,
    path: string,
    body?: object,
    changes = 1,
  ): Promise<Answered | undefined> {
    this.#done += changes
    const server = this.#random.pick(this.#servers)
    try {
      const answer = await this.#send(server, method, path, body)
      const each = answer.body?.results ?? [
        { status: answer.status, code: answer.body?.code ?? '' },
      ]
      for (const { status, code = '' } of each) this.#note(`${status} ${code}`.trim())
      return answer
    } catch (error) {
      if (this.#servers.includes(server)) throw error
      this.#note('lost')
      return undefined
    }
  }

  async #send(server: LiveServer, method: string, path: string, body?: object): Promise<Answered> {
    const answer = await server.send(method, path, body)
    const text = await answer.text()
    return { status: answer.status, text, body: text === '' ? undefined : JSON.parse(text) }
  }

  #note(what: string): void {
    this.answers.set(what, (this.answers.get(what) ?? 0) + 1)
  }
}

function at(object: string): string {
  return `/api/v1/records/${object}__c`
}
