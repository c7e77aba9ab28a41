import type { TSchema } from 'typebox'

import { checkShape } from '../check-shape.ts'
import type { FormulaProblem } from '../formula/index.ts'
import type { RawComponent } from '../kinds/index.ts'
import { nearest, type Problem } from '../problem.ts'

/** Gathers the problems of one compilation. */
export class ProblemList {
  readonly all: Problem[] = []
  /** Objects that are there, but not sound. */
  readonly faultyObjects = new Set<string>()

  get hasErrors(): boolean {
    return this.all.some(({ severity }) => severity === 'error')
  }

  /** Adds an error at a place of a component. */
  add(
    at: Pick<RawComponent, 'kind' | 'name'>,
    code: string,
    path: string,
    en: string,
    zh: string,
    suggestion?: string,
  ): void {
    this.all.push({
      code,
      severity: 'error',
      kind: at.kind,
      name: at.name,
      path,
      message: { 'en-US': en, 'zh-CN': zh },
      ...(suggestion === undefined ? {} : { suggestion }),
    })
  }

  /** Adds what is wrong with a text at a place of a component, with the part of the text that it is about. */
  addInText(
    at: Pick<RawComponent, 'kind' | 'name'>,
    path: string,
    { code, from, to, message, suggestion }: FormulaProblem,
  ): void {
    this.add(at, code, path, message['en-US'], message['zh-CN'], suggestion)
    Object.assign(this.all.at(-1) ?? {}, { range: { from, to } })
  }

  /** Adds what a closed schema finds. @returns whether the shape is right. */
  addShape(at: Pick<RawComponent, 'kind' | 'name'>, schema: TSchema, value: unknown): boolean {
    const faults = checkShape(schema, value)
    for (const { code, path, message, suggestion } of faults) {
      this.all.push({
        code,
        severity: 'error',
        kind: at.kind,
        name: at.name,
        path,
        message,
        ...(suggestion === undefined ? {} : { suggestion }),
      })
    }
    return faults.length === 0
  }

  /**
   * Adds "refers to X, which does not exist", with what was probably meant. What is wrong with a faulty object is told of
   * itself, not of everything that refers to it.
   */
  addMissing(
    at: Pick<RawComponent, 'kind' | 'name'>,
    path: string,
    what: Thing,
    name: string,
    known: Iterable<string>,
  ): void {
    if (what === 'object' && this.faultyObjects.has(name)) return
    const suggestion = nearest(name, known)
    this.add(
      at,
      `unknown_${what}`,
      path,
      `There is no ${what.replaceAll('_', ' ')} "${name}"${suggestion ? `. Did you mean "${suggestion}"?` : ''}`,
      `${THINGS[what]}“${name}”不存在${suggestion ? `，是否想写“${suggestion}”？` : ''}`,
      suggestion,
    )
  }
}

const THINGS = {
  record_type: '记录类型',
  value: '选项',
  picklist: '公共选项列表',
  object: '对象',
  field: '字段',
  relationship: '关联列表',
  role: '角色',
  permission_set: '权限集',
  dashboard: '仪表盘',
  kind: '类型',
  attribute: '属性',
  rule: '规则',
  record: '记录',
} as const
type Thing = keyof typeof THINGS
