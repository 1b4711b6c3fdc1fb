/// The stages of the pipeline, from head to tail.
package enum StageName: String, CaseIterable, Sendable {
    case ingest = "pm-ingest"
    case filter = "pm-filter"
    case enrich = "pm-enrich"
    case store = "pm-store"
    case alert = "pm-alert"
}
