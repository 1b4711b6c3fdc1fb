import ArgumentParser
import NATS
import PMCommand
import PMPipe
import Relaying

/// The options that name the cluster.
struct RelayOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A server of the cluster, nats://HOST:PORT or tls://HOST:PORT; repeatable. (default: nats://127.0.0.1:4222)",
            valueName: "url"))
    var server: [ServerURL] = Setting.list("PM_RELAY_SERVER")

    @Option(help: ArgumentHelp("File with the credentials of a user, as nsc writes it.", valueName: "file"))
    var credentials: String?

    @Option(help: ArgumentHelp("PEM file of the certificates to trust.", valueName: "file"))
    var caFile: String?

    @Option(help: ArgumentHelp("Copies of a stream that is made: 1, 3 or 5.", valueName: "number"))
    var replicas = Setting.value("PM_RELAY_REPLICAS", default: 3)

    @Option(help: ArgumentHelp("The longest time without the cluster.", valueName: "period"))
    var patience = Setting.value("PM_RELAY_PATIENCE", default: Period(.seconds(300)))

    func validate() throws {
        guard [1, 3, 5].contains(replicas) else {
            throw ValidationError("--replicas must be 1, 3 or 5, not \(replicas); for example --replicas 3")
        }
    }

    var cluster: Cluster {
        let urls = server.isEmpty ? ["nats://127.0.0.1:4222"] : server.map(\.text)
        return Cluster(
            ServerAddress(
                urls: urls, credentialsFile: credentials ?? Setting.text("PM_RELAY_CREDENTIALS"),
                certificateFile: caFile ?? Setting.text("PM_RELAY_CA_FILE")),
            replicas: replicas, patience: patience.duration)
    }
}

/// The address of a server: `nats://HOST:PORT` or `tls://HOST:PORT`.
struct ServerURL: ExpressibleByArgument {
    let text: String

    init?(argument: String) {
        guard let scheme = ["nats://", "tls://"].first(where: argument.hasPrefix),
            argument.count > scheme.count
        else { return nil }
        text = argument
    }
}

extension RelayStream: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}
