import ArgumentParser
import Database
import PMCommand
import PMPipe

/// A part of pm-store that looks at a database, or clears it up.
protocol Subcommand: ParsableCommand {
    var store: StoreCommand { get }
    var database: DatabaseOptions { get }

    /// Reading, unless it says otherwise.
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
