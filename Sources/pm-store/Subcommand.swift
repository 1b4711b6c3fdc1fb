import ArgumentParser
import Database
import PMCommand
import PMPipe

/// A part of pm-store that looks at a database, or clears it up.
protocol Subcommand: ParsableCommand {
    var store: StoreCommand { get }
    var database: DatabaseOptions { get }

    func run(on store: any Store, log: StageLog) throws(StageError)
}

extension Subcommand {
    func run() throws {
        let log = store.log
        try run(logging: log) { _ throws(StageError) in
            try run(on: try database.location(else: store.database).makeStore(), log: log)
        }
    }
}
