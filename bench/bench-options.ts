/** What the command line says to a bench. */
export interface BenchOptions {
  /** Over Apache Kafka: the brokers of VESTIBULE_KAFKA_BROKERS, or one that the bench starts. */
  readonly kafka: boolean
}
