import { mainJob } from './main-job.ts'

mainJob('on the demonstration', {})
