import type { Server } from 'node:http'

import { type FastifyBaseLogger, type FastifyHttpOptions, LogController } from 'fastify'
import { uuidv7 } from 'uuidv7'

import type { SignInLimits } from '../access/sign-in-limiter.ts'
import type { Config } from '../config.ts'
import { malformedHttp, sendProblem, toRequestError } from './answer-errors.ts'

/** What may differ between a server that runs for people and one under test. */
export interface AppOptions {
  /** Requests that one network address may send in a minute; stops what runs wild. */
  readonly requestsPerMinute?: number
  readonly signInLimits?: SignInLimits
  /** Multiplies how often an account may call what is dear. */
  readonly accountFactor?: number
  /** How long the bytes of a request without a file may take, in milliseconds. */
  readonly requestMs?: number
}

const MIB = 1024 * 1024
const SECOND = 1000

/** Bodies other than uploads and batches. */
const BODY_LIMIT = MIB
/** Two thousand records in one body. */
export const BATCH_BODY_LIMIT = 10 * MIB
/** Uploaded files. */
export const UPLOAD_LIMIT = 200 * MIB

/** The settings of the HTTP server: bounds on everything that a client decides. */
export function serverSettings(config: Config): FastifyHttpOptions<Server, FastifyBaseLogger> {
  return {
    logger: { level: config.logLevel, redact: SECRET_HEADERS },
    // At this level every request would be two lines; the figures of /metrics count them.
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: config.trustedProxies.length > 0 ? [...config.trustedProxies] : false,
    bodyLimit: BODY_LIMIT,
    // An upload over a slow line takes minutes; a socket on which nothing moves is given up sooner.
    requestTimeout: 300 * SECOND,
    connectionTimeout: 120 * SECOND,
    // Longer than the usual 60 seconds of a proxy in front, which would otherwise meet a closed door.
    keepAliveTimeout: 72 * SECOND,
    http: { headersTimeout: 20 * SECOND },
    routerOptions: { maxParamLength: 1000 },
    genReqId: () => uuidv7(),
    // What the parser of bodies already refuses by name.
    onProtoPoisoning: 'ignore',
    onConstructorPoisoning: 'ignore',
    frameworkErrors: (error, request, reply) => {
      void sendProblem(toRequestError(error), request, reply)
    },
    clientErrorHandler: (error, socket) => {
      if (socket.writable) socket.end(malformedHttp(error.code))
      else socket.destroy()
    },
  }
}

const SECRET_HEADERS = [
  'req.headers.authorization',
  'req.headers.cookie',
  'req.headers["x-csrf-token"]',
]
