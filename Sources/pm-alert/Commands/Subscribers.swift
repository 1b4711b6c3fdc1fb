import ArgumentParser
import Database
import PMCommand
import PMJSON
import PMPipe

struct Subscribers: ParsableCommand {
    static let _errorLabel = "pm-alert"

    static let configuration = CommandConfiguration(
        abstract: "List who is told what, and where.",
        discussion: "Writes one JSON object a line. Secrets are not among it: they are in the files it names."
    )

    @OptionGroup var database: DatabaseOption
    @ParentCommand var stage: AlertCommand

    func run() throws {
        try run(logging: stage.log) { _ throws(StageError) in
            let store = try database.location().makeStore()
            var output = LineWriter()
            for subscriber in try attempt({ () throws(StoreError) in try store.subscribers() }) {
                output.append(line(subscriber))
            }
            try output.flush()
        }
    }

    private func line(_ subscriber: Subscriber) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { entry in
            entry.member("name", subscriber.name)
            entry.member("created_at", subscriber.createdAt.description)
            entry.key("settings")
            entry.array { settings in
                for setting in subscriber.settings {
                    settings.object { write(setting, into: &$0) }
                }
            }
        }
        return writer.bytes
    }

    private func write(_ setting: AlertSetting, into entry: inout JSONWriter) {
        entry.member("channel", setting.channel.rawValue)
        entry.member("target", setting.target)
        entry.member("min_value", raw: setting.minValue?.description.utf8)
        for (key, values) in [
            ("types", setting.types), ("tiers", setting.tiers), ("wallets", setting.wallets),
            ("markets", setting.markets),
        ] where !values.isEmpty {
            entry.key(key)
            entry.array { list in
                for value in values { list.string(value) }
            }
        }
    }
}
