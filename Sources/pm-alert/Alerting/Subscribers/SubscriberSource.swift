import Database
import Glibc
import PMPipe

/// The place where the subscribers are stored.
package enum SubscriberSource: Sendable {
    case database(DatabaseLocation)
    /// A file in the form that `pm-alert subscribers` writes.
    case file(String)

    package func read() throws(StageError) -> [Subscriber] {
        switch self {
        case .database(let location):
            // A reader must not make the database. One that does not exist has no subscribers.
            if case .sqlite(let path) = location, access(path, F_OK) != 0 { return [] }
            do throws(StoreError) {
                return try location.makeStore().subscribers()
            } catch {
                throw error.asStageError
            }
        case .file(let path): return try Subscriber.read(from: path)
        }
    }
}
