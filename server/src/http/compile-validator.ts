import { checkShape, type ShapeFault } from '@trellis/metamodel'
import { Ajv, type ErrorObject, type Options, type ValidateFunction } from 'ajv'
import addFormats from 'ajv-formats'
import type { FastifySchema, FastifySchemaCompiler } from 'fastify'

import { type ErrorCode, failure, type Failure, message, RequestError } from '../errors.ts'

const STRICT: Options = {
  // A body is taken as it is: nothing is converted, dropped or filled in.
  coerceTypes: false,
  removeAdditional: false,
  useDefaults: false,
  // The first error decides; every one of them is then found by checkShape, within a bound.
  allErrors: false,
  strict: true,
  strictTypes: false,
  strictRequired: false,
  allowUnionTypes: true,
}

// More than this would make the answer to a wrong body cost more than the right one.
const MOST_VALUES_EXPLAINED = 20_000
const MOST_FAILURES = 100

/**
 * Compiles the schema of one part of a request. Bodies are taken strictly as JSON has them; in query
 * strings and paths, which are text, `5` is a number where a number is asked for.
 */
export function createValidatorCompiler(): FastifySchemaCompiler<FastifySchema> {
  const strict = createAjv(STRICT)
  const textual = createAjv({ ...STRICT, coerceTypes: true })
  return ({ schema, httpPart }) => {
    const validate = (httpPart === 'body' ? strict : textual).compile<unknown>(schema)
    return (value: unknown) => {
      if (validate(value)) return { value }
      return { error: explain({ schema, part: httpPart ?? '', value, errors: errorsOf(validate) }) }
    }
  }
}

function createAjv(options: Options): Ajv {
  const ajv = new Ajv(options)
  addFormats.default(ajv)
  ajv.addVocabulary(['example', 'x-response-description'])
  return ajv
}

function errorsOf(validate: ValidateFunction): readonly ErrorObject[] {
  return validate.errors ?? []
}

interface Refused {
  readonly schema: Parameters<typeof checkShape>[0]
  readonly part: string
  readonly value: unknown
  readonly errors: readonly ErrorObject[]
}

/** The refusal of a part of a request, with everything that is wrong with it. */
function explain({ schema, part, value, errors }: Refused): RequestError {
  if (part === 'body' && isMissing(schema, value)) {
    const detail = message('This call needs a JSON body', '此调用需要 JSON 请求体')
    return new RequestError('malformed', { detail })
  }
  const faults = isSmall(value) ? checkShape(schema, value).slice(0, MOST_FAILURES) : []
  const isQuery = part === 'querystring'
  const failures = faults.map((fault) => shapeFailure(fault, isQuery))
  // checkShape reads the part of JSON Schema that the house uses; ajv knows the rest.
  const shown = failures.length > 0 ? failures : errors.map(ajvFailure)
  return new RequestError(codeOf(faults), { failures: shown })
}

function isMissing(schema: object, value: unknown): boolean {
  return value === null && !('type' in schema && schema.type === 'null')
}

function codeOf(faults: readonly ShapeFault[]): ErrorCode {
  const areAllUnknown = faults.length > 0 && faults.every(({ code }) => code === 'unknown_key')
  return areAllUnknown ? 'unknown_parameter' : 'malformed'
}

function shapeFailure(
  { code, path, message: text, suggestion }: ShapeFault,
  isQuery: boolean,
): Failure {
  const more = suggestion === undefined ? {} : { suggestion }
  if (code !== 'unknown_key') return failure(path, code, text, more)
  return failure(
    path,
    'unknown_parameter',
    isQuery ? unknownParameter(path, suggestion) : text,
    more,
  )
}

function unknownParameter(
  name: string,
  suggestion: string | undefined,
): ReturnType<typeof message> {
  const en = suggestion === undefined ? '' : `. Did you mean "${suggestion}"?`
  const zh = suggestion === undefined ? '' : `，是否想写“${suggestion}”？`
  return message(`Unknown parameter "${name}"${en}`, `未知的参数“${name}”${zh}`)
}

function ajvFailure({ instancePath, message: text = '' }: ErrorObject): Failure {
  const path = instancePath.slice(1).replaceAll('/', '.')
  return failure(path, 'wrong_value', message(`The value ${text}`, `值不符合要求：${text}`))
}

/** Whether a value has few enough parts for each of its faults to be told. */
function isSmall(value: unknown): boolean {
  let left = MOST_VALUES_EXPLAINED
  const fits = (part: unknown): boolean => {
    left -= 1
    if (typeof part !== 'object' || part === null) return left >= 0
    return left >= 0 && Object.values(part).every(fits)
  }
  return fits(value)
}
