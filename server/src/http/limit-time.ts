import type { FastifyInstance, FastifyRequest } from 'fastify'

const MOST_MS = 30_000

/**
 * Gives up requests whose bytes do not arrive in time: nobody may hold a connection by sending slowly. Uploads have
 * the time that the server's own settings give.
 *
 * @param mostMs how long the bytes of a request without a file may take
 */
export function limitTime(app: FastifyInstance, mostMs: number = MOST_MS): void {
  app.addHook('onRequest', async (request) => {
    const { raw } = request
    if (raw.complete || hasNoBody(request) || isUpload(request)) return
    const timer = setTimeout(() => raw.destroy(), mostMs)
    const settle = (): void => clearTimeout(timer)
    raw.once('end', settle)
    raw.once('close', settle)
  })
}

function hasNoBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0
}

function isUpload({ headers }: FastifyRequest): boolean {
  return headers['content-type']?.startsWith('multipart/form-data') === true
}
