import fc from 'fast-check'
import { expect } from 'vitest'

import { examine } from '../../server/src/catalog/index.ts'
import type { Answer, Caller, TestServer } from '../support/index.ts'

type Json = Record<string, unknown>

/** What a field is by now. Its values are kept as text: a number is as it would be typed. */
interface KnownField {
  name: string
  type: 'text' | 'number' | 'picklist'
  required: boolean
  unique: boolean
  codes: readonly string[]
  formerNames: readonly string[]
  replaced: Readonly<Record<string, string>>
}

/** A formula or a roll-up of a field. */
interface Computed {
  name: string
  kind: 'formula' | 'stored' | 'roll_up'
  /** The field that it is made of, by its identity. */
  of: number
}

interface State {
  fields: ReadonlyMap<number, KnownField>
  computed: readonly Computed[]
}

const META = '/api/v1/meta'
const CODES = ['a', 'b', 'c', 'd'] as const

let worlds = 0

/** An object with rows and one that they belong to, what is known of them, and the server that has them. */
export class World {
  readonly #server: TestServer
  readonly #object: string
  readonly #parent: string
  state: State = { fields: new Map(), computed: [] }
  /** By row, the value of each field; a field that is gone keeps its values. */
  readonly rows = new Map<string, Map<number, string | null>>()
  /** What was in force at each release of this world. */
  readonly releases = new Map<number, State>()
  #names = 0
  #group = ''

  private constructor(server: TestServer) {
    worlds += 1
    this.#server = server
    this.#object = `thing${worlds}__c`
    this.#parent = `group${worlds}__c`
  }

  get #admin(): Caller {
    return this.#server.admin
  }

  static async open(server: TestServer): Promise<World> {
    const world = new World(server)
    const made = await world.publish([
      ['object', world.#parent, { label: 'Group' }],
      ['object', world.#object, { label: 'Thing' }],
      [
        'field',
        `${world.#object}.group__c`,
        {
          type: 'lookup',
          label: 'Group',
          target: world.#parent,
          relationship: { name: 'things__c', label: 'Things' },
        },
      ],
    ])
    expect(made.status).toBe(200)
    const group = await world.#admin.post(`/api/v1/records/${world.#parent}`, { name: 'All' })
    world.#group = group.body.id
    return world
  }

  newName(): string {
    this.#names += 1
    return `f${this.#names}__c`
  }

  /** The nth field, of those that may be chosen; undefined if there is none. */
  pick(at: number, may: (field: KnownField) => boolean = () => true): number | undefined {
    const ids = [...this.state.fields].filter(([, field]) => may(field)).map(([id]) => id)
    return ids[at % Math.max(ids.length, 1)]
  }

  field(id: number): KnownField {
    const field = this.state.fields.get(id)
    if (!field) throw new Error('No such field')
    return field
  }

  valuesOf(id: number): (string | null)[] {
    return [...this.rows.values()].map((row) => row.get(id) ?? null)
  }

  isUsed(id: number): boolean {
    return this.state.computed.some(({ of }) => of === id)
  }

  async publish(
    puts: readonly (readonly [string, string, Json | null])[],
    rename?: readonly [string, string],
  ): Promise<Answer> {
    const set = (await this.#admin.post(`${META}/changesets`, { label: 'any' })).body.id
    for (const [kind, name, definition] of puts) {
      const at = `${META}/changesets/${set}/${kind}/${name}`
      const answer = definition
        ? await this.#admin.put(at, definition)
        : await this.#admin.delete(at)
      expect(answer.status).toBe(200)
    }
    if (rename) {
      const [name, to] = rename
      const at = `${META}/changesets/${set}/rename/field/${name}`
      expect((await this.#admin.post(at, { to })).status).toBe(200)
    }
    const answer = await this.#admin.post(`${META}/changesets/${set}/publish`, {})
    if (answer.status === 200) this.#note(answer)
    else await this.#admin.delete(`${META}/changesets/${set}`)
    return answer
  }

  #note({ body }: Answer): void {
    this.releases.set(body.release, this.state)
  }

  /** Publishes what a field is to be; where it is refused, nothing has changed. */
  async change(id: number, next: KnownField, isAllowed: boolean): Promise<void> {
    const before = this.state
    this.state = { ...before, fields: new Map([...before.fields, [id, next]]) }
    const answer = await this.publish([
      ['field', `${this.#object}.${next.name}`, definitionOf(next)],
    ])
    expect([next, answer.status, isAllowed ? answer.body : '']).toEqual([
      next,
      isAllowed ? 200 : 422,
      isAllowed ? expect.anything() : '',
    ])
    if (!isAllowed) this.state = before
    if (isAllowed) this.#replace(id, next.replaced)
  }

  #replace(id: number, replaced: Readonly<Record<string, string>>): void {
    for (const row of this.rows.values()) {
      const value = row.get(id)
      const next = value === undefined || value === null ? undefined : replaced[value]
      if (next !== undefined) row.set(id, next === '' ? null : next)
    }
  }

  async remove(id: number): Promise<void> {
    const fields = new Map(this.state.fields)
    const { name } = this.field(id)
    fields.delete(id)
    const before = this.state
    this.state = { ...before, fields }
    const answer = await this.publish([['field', `${this.#object}.${name}`, null]])
    const isUsed = before.computed.some(({ of }) => of === id)
    expect(answer.status).toBe(isUsed ? 422 : 200)
    if (isUsed) this.state = before
  }

  async rename(id: number): Promise<void> {
    const field = this.field(id)
    const name = this.newName()
    const renamed = { ...field, name, formerNames: [...field.formerNames, field.name] }
    this.state = { ...this.state, fields: new Map([...this.state.fields, [id, renamed]]) }
    const answer = await this.publish([], [`${this.#object}.${field.name}`, name])
    expect(answer.body.changes).toContainEqual(
      expect.objectContaining({ op: 'renamed', name: `${this.#object}.${name}` }),
    )
  }

  async compute(of: number, kind: Computed['kind']): Promise<void> {
    const computed = { name: this.newName(), kind, of }
    this.state = { ...this.state, computed: [...this.state.computed, computed] }
    const { name } = this.field(of)
    const formula = { type: 'formula', label: 'F', result: 'number', formula: `${name} * 2` }
    const answer = await this.publish([
      kind === 'roll_up'
        ? [
            'field',
            `${this.#parent}.${computed.name}`,
            { type: 'roll_up', label: 'R', via: 'things__c', fn: 'sum', field: name },
          ]
        : [
            'field',
            `${this.#object}.${computed.name}`,
            { ...formula, ...(kind === 'stored' ? { stored: true } : {}) },
          ],
    ])
    expect(answer.status).toBe(200)
  }

  async addObject(): Promise<void> {
    const answer = await this.publish([
      ['object', `${this.#object.replace('__c', '')}${this.newName()}`, { label: 'More' }],
    ])
    expect(answer.status).toBe(200)
  }

  /** Goes back to the nth of the releases of this world. */
  async rollBack(at: number): Promise<void> {
    const all = [...this.releases].slice(0, -1)
    const [release, state] = all[at % Math.max(all.length, 1)] ?? []
    if (release === undefined || !state) return
    const answer = await this.#admin.post(`${META}/releases/${release}/rollback`, {})
    expect([answer.status, answer.status === 200 ? '' : answer.body]).toEqual(
      this.#fits(state) ? [200, ''] : [422, expect.anything()],
    )
    if (answer.status !== 200) return
    this.state = state
    for (const [id, { replaced }] of state.fields) this.#replace(id, replaced)
    this.releases.set(answer.body.release, state)
  }

  /** Whether what the rows hold by now stands against a state of before. */
  #fits({ fields }: State): boolean {
    return [...fields].every(([id, field]) => {
      const values = this.valuesOf(id)
      const given = values.filter((value) => value !== null)
      if (field.required && given.length < values.length) return false
      if (field.unique && new Set(given).size < given.length) return false
      if (field.type === 'number') return given.every(isNumber)
      return (
        field.type === 'text' ||
        given.every((value) => field.codes.includes(field.replaced[value] ?? value))
      )
    })
  }

  /** A row with values for all fields, as far as they are unique. */
  async write(seed: number): Promise<void> {
    const values = new Map<number, string | null>()
    for (const [id, field] of this.state.fields) values.set(id, this.#valueFor(field, seed + id))
    const named = [...values].map(([id, value]) => [
      this.field(id).name,
      wire(this.field(id), value),
    ])
    const rows = [...this.rows.keys()]
    const old = seed % 3 === 0 ? rows[seed % Math.max(rows.length, 1)] : undefined
    const records = `/api/v1/records/${this.#object}`
    const body = { ...Object.fromEntries(named), group__c: this.#group }
    const answer =
      old === undefined
        ? await this.#admin.post(records, { name: `Row ${rows.length}`, ...body })
        : await this.#admin.patch(`${records}/${old}`, body)
    const isTaken = [...values].some(
      ([id, value]) =>
        value !== null &&
        this.field(id).unique &&
        [...this.rows].some(([row, one]) => row !== old && one.get(id) === value),
    )
    expect([answer.status, isTaken ? '' : answer.body]).toEqual([
      isTaken ? 409 : expect.toBeOneOf([200, 201]),
      isTaken ? '' : expect.anything(),
    ])
    if (isTaken) return
    const row = this.rows.get(answer.body.id) ?? new Map<number, string | null>()
    for (const [id, value] of values) row.set(id, value)
    this.rows.set(answer.body.id, row)
  }

  #valueFor({ type, required, codes }: KnownField, seed: number): string | null {
    if (!required && seed % 7 === 0) return null
    if (type === 'picklist') return codes[seed % codes.length] ?? null
    return type === 'text' && seed % 11 === 0 ? `word ${seed}` : String(seed % 1000)
  }

  /** Nothing drifts, and every row holds what it held. */
  async check(): Promise<void> {
    const { database } = this.#server.test
    expect(await examine(database, 'main', this.#server.foundation.target.fieldTypes)).toEqual([])
    const { body } = await this.#admin.get(`/api/v1/records/${this.#object}?limit=1000`)
    const found = new Map(body.records.map((one: Json) => [one['id'], one]))
    for (const [id, row] of this.rows) {
      const wanted = [...this.state.fields].map(([field, known]) => [
        known.name,
        wire(known, row.get(field) ?? null),
      ])
      expect(found.get(id)).toMatchObject({
        ...Object.fromEntries(wanted),
        ...this.#computedOf((of) => row.get(of) ?? null, 'row'),
      })
    }
    const group = await this.#admin.get(`/api/v1/records/${this.#parent}/${this.#group}`)
    expect(group.body).toMatchObject(this.#computedOf((of) => this.#sumOf(of), 'group'))
  }

  #sumOf(of: number): string {
    return String(this.valuesOf(of).reduce((sum, value) => sum + Number(value ?? 0), 0))
  }

  #computedOf(valueOf: (of: number) => string | null, where: 'row' | 'group'): Json {
    const own = this.state.computed.filter(
      ({ kind }) => (kind === 'roll_up') === (where === 'group'),
    )
    const factor = where === 'row' ? 2 : 1
    return Object.fromEntries(own.map(({ name, of }) => [name, Number(valueOf(of) ?? 0) * factor]))
  }
}

function definitionOf({ type, required, unique, codes, formerNames, replaced }: KnownField): Json {
  return {
    type,
    label: 'Field',
    ...(required ? { required } : {}),
    ...(unique ? { unique } : {}),
    ...(type === 'number' ? { scale: 0 } : {}),
    ...(type === 'picklist' ? { values: codes.map((code) => ({ code })) } : {}),
    ...(formerNames.length > 0 ? { former_names: formerNames } : {}),
    ...(Object.keys(replaced).length > 0 ? { replaced_values: replaced } : {}),
  }
}

function wire({ type }: KnownField, value: string | null): unknown {
  return value === null || type !== 'number' ? value : Number(value)
}

function isNumber(value: string): boolean {
  return /^\d+$/.test(value)
}

/** One thing that somebody does; it is left out where there is nothing to do it with. */
class Change implements fc.AsyncCommand<World, World> {
  readonly #name: string
  readonly #at: number
  readonly #run: (world: World, at: number) => Promise<void>

  constructor(name: string, at: number, run: (world: World, at: number) => Promise<void>) {
    this.#name = name
    this.#at = at
    this.#run = run
  }

  check(): boolean {
    return true
  }

  async run(world: World): Promise<void> {
    await this.#run(world, this.#at)
    await world.check()
  }

  toString(): string {
    return `${this.#name}(${this.#at})`
  }
}

type Step = (world: World, at: number) => Promise<void>

/** Does something with the nth field that it can be done with. */
function withField(
  may: (field: KnownField) => boolean,
  step: (world: World, id: number, at: number) => Promise<void>,
): Step {
  return async (world, at) => {
    const id = world.pick(at, may)
    if (id !== undefined) await step(world, id, at)
  }
}

let identities = 0

const STEPS: Readonly<Record<string, Step>> = {
  addField: async (world, at) => {
    identities += 1
    const type = (['text', 'number', 'picklist'] as const)[at % 3] ?? 'text'
    const codes = type === 'picklist' ? [...CODES] : []
    const field = {
      name: world.newName(),
      type,
      required: false,
      unique: false,
      codes,
      formerNames: [],
      replaced: {},
    }
    await world.change(identities, field, true)
  },
  write: (world, at) => world.write(at),
  writeMore: (world, at) => world.write(at + 1),
  retire: withField(
    () => true,
    (world, id) => world.remove(id),
  ),
  rename: withField(
    () => true,
    (world, id) => world.rename(id),
  ),
  retype: withField(
    ({ type }) => type !== 'picklist',
    async (world, id) => {
      if (world.isUsed(id)) return
      const field = world.field(id)
      const type = field.type === 'text' ? 'number' : 'text'
      const isAllowed =
        type === 'text' || world.valuesOf(id).every((value) => value === null || isNumber(value))
      await world.change(id, { ...field, type, unique: false }, isAllowed)
    },
  ),
  require: withField(
    () => true,
    async (world, id) => {
      const field = world.field(id)
      const isAllowed = field.required || !world.valuesOf(id).includes(null)
      await world.change(id, { ...field, required: !field.required }, isAllowed)
    },
  ),
  makeUnique: withField(
    ({ type }) => type === 'text',
    async (world, id) => {
      const field = world.field(id)
      const given = world.valuesOf(id).filter((value) => value !== null)
      const isAllowed = field.unique || new Set(given).size === given.length
      await world.change(id, { ...field, unique: !field.unique }, isAllowed)
    },
  ),
  replaceValue: withField(
    ({ codes }) => codes.length > 1,
    async (world, id) => {
      const field = world.field(id)
      const [gone = '', ...codes] = field.codes
      const replaced = { ...field.replaced, [gone]: codes.at(-1) ?? '' }
      await world.change(id, { ...field, codes, replaced }, true)
    },
  ),
  formula: withField(
    ({ type }) => type === 'number',
    (world, id) => world.compute(id, 'formula'),
  ),
  stored: withField(
    ({ type }) => type === 'number',
    (world, id) => world.compute(id, 'stored'),
  ),
  rollUp: withField(
    ({ type }) => type === 'number',
    (world, id) => world.compute(id, 'roll_up'),
  ),
  addObject: (world) => world.addObject(),
  rollBack: (world, at) => world.rollBack(at),
}

/** Everything that may be done, each with a number that says to what. */
export const CHANGES = Object.entries(STEPS).flatMap(([name, step]) => {
  const change = fc.nat({ max: 5000 }).map((at) => new Change(name, at, step))
  return name === 'addField' || name.startsWith('write') ? [change, change] : [change]
})
