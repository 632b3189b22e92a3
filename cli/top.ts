import { type Command } from 'commander'
import { openEventLog } from '../io/event-log/open.ts'
import { singleObjectCodec } from '../lib/codec/single-object.ts'
import { SILENT } from '../lib/logger.ts'
import { apiClient } from './api-client.ts'
import { runLiveView } from './live/view.ts'
import { configFrom, runUntilSignal } from './run-service.ts'

export function register(program: Command): void {
  program
    .command('top')
    .description('Live table of clients, their scores and what the API answers for them.')
    .option('--data <dir>', 'data folder of the running installation')
    .action(async (flags: { data?: string }) => {
      const config = configFrom(flags.data === undefined ? {} : { data: flags.data })
      const log = await openEventLog(config, { logger: SILENT, unavailableAfterMs: 3_000 })
      await runUntilSignal((signal) =>
        runLiveView(
          {
            ...{ log, codec: singleObjectCodec(), api: apiClient() },
            ...{ out: process.stdout, gate: 'vestibule-top', notices: () => [] },
          },
          signal,
        ),
      )
      await log.close()
    })
}
