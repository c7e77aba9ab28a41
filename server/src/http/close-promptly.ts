import { Socket } from 'node:net'

import type { FastifyInstance } from 'fastify'

/**
 * Lets the server close at once: what is being answered is answered to its end, and nothing else is
 * waited for. Clients keep connections for later and browsers open some before they need them; a
 * closing server would otherwise wait for minutes until each of them is given up.
 */
export function closePromptly(app: FastifyInstance): void {
  const silent = new Set<Socket>()
  let isClosing = false
  app.server.on('connection', (socket: Socket) => {
    if (isClosing) socket.destroy()
    else silent.add(socket)
    socket.once('close', () => silent.delete(socket))
  })
  app.server.on('request', ({ socket }) => silent.delete(socket))
  app.addHook('preClose', async () => {
    isClosing = true
    for (const socket of silent) socket.destroy()
  })
  app.addHook('onResponse', async ({ raw: { socket } }) => {
    // A request that came without a network has no such socket.
    if (isClosing && socket instanceof Socket) socket.end()
  })
}
