import { type Command } from 'commander'
import { openRecords } from '../io/open-records.ts'
import { SILENT } from '../lib/logger.ts'
import { apiClient } from './api-client.ts'
import { runLiveView } from './live/view.ts'
import { configFrom, runUntilSignal } from './run-service.ts'

export function register(program: Command): void {
  program
    .command('top')
    .description('Live table of clients, their scores and what the API answers for them.')
    .option('--data <dir>', 'data folder of the running installation')
    .option('--json', "a JSON line whenever a client's decision changes")
    .action(async (flags: { data?: string; json?: true }) => {
      const config = configFrom(flags.data === undefined ? {} : { data: flags.data })
      const records = await openRecords(config, { logger: SILENT, unavailableAfterMs: 3_000 })
      await runUntilSignal((signal) =>
        runLiveView(
          {
            ...{ ...records, api: apiClient() },
            json: flags.json === true,
            ...{ out: process.stdout, gate: 'vestibule-top', notices: () => [] },
          },
          signal,
        ),
      )
      await records.log.close()
    })
}
