import ArgumentParser
import Database
import PMCommand
import PMPipe

/// A subcommand of pm-store, which runs on a database.
protocol Subcommand: ParsableCommand {
    var store: StoreCommand { get }
    var database: DatabaseOptions { get }

    /// The default is ``StoreAccess/reading``.
    static var access: StoreAccess { get }

    func run(on store: any Store, log: StageLog) throws(StageError)
}

extension Subcommand {
    static var access: StoreAccess { .reading }

    func run() throws {
        let log = store.log
        try run(logging: log) { _ throws(StageError) in
            let location = try database.location(else: store.database)
            try run(on: location.makeStore(for: Self.access), log: log)
        }
    }
}
