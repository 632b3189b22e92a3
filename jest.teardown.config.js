export { endSharedBroker as default } from './test/support/shared-broker.ts'
