import express, { type Express, type Request, type Response } from 'express'
import { type Route } from '../../routing-api/routes/route.ts'

/** Answers one matched request; the parameters are those the server matched before the split. */
export type Handle = (route: Route, request: Request, response: Response) => void

/**
 * Everything but the decision routes, on express, generated from the route table. Authentication,
 * limits, request ids and metrics ran before (io/http/server.ts).
 */
export function mountExpress(routes: readonly Route[], handle: Handle): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', false)
  for (const route of routes) {
    const path = route.path.replace(/\*(\w+)$/, '*$1')
    const answer = (request: Request, response: Response): void => {
      handle(route, request, response)
    }
    switch (route.method) {
      case 'GET':
        app.get(path, answer)
        break
      case 'POST':
        app.post(path, answer)
        break
      case 'PUT':
        app.put(path, answer)
        break
      case 'DELETE':
        app.delete(path, answer)
    }
  }
  return app
}
