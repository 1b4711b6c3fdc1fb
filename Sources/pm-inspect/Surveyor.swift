import Curl
import Database
import Glibc
import Inspection
import PMCommand
import PMJSON
import PMPipe
import PMRecord

/// Looks up what the status files do not have, at most every five seconds.
final class Surveyor {
    private let statusDirectory: String
    private let live: String?
    private let client = HTTPClient()
    private var surroundings = TopFrame.Surroundings()
    private var next = ContinuousClock.now

    private static let period = Duration.seconds(5)

    init(statusDirectory: String, live: String?) {
        self.statusDirectory = statusDirectory
        self.live = live
        surroundings.home = statusDirectory.split(separator: "/").dropLast().last.map(String.init) ?? ""
    }

    func survey(at now: ContinuousClock.Instant) -> TopFrame.Surroundings {
        guard now >= next else { return surroundings }
        next = now + Self.period
        let location = try? DatabaseLocation.resolve(nil, environment: Setting.text)
        surroundings.commitLag = location.flatMap { try? ReadOnlyDatabase($0).commitLag() }
        surroundings.screenLag = screenLag()
        surroundings.disk = disk()
        return surroundings
    }

    /// Returns the median time from receiving a trade to showing it, as the page's health has it.
    private func screenLag() -> Double? {
        guard let live, !live.hasSuffix(":0") else { return nil }
        var request = HTTPRequest(.get, "http://\(live)/health")
        request.timeout = .seconds(1)
        _ = client.start(request)
        while client.inFlight > 0 {
            _ = client.wait(upTo: .milliseconds(100))
            for completion in client.finished() {
                guard case .success(let response) = completion.result else { continue }
                return (try? JSON(response.body))?["feed"]?["shown_after_s"]?.double
            }
        }
        return nil
    }

    private func disk() -> (free: Int, total: Int, journal: Int)? {
        var information = statvfs()
        guard statvfs(statusDirectory, &information) == 0 else { return nil }
        let unit = Int(information.f_frsize)
        return (
            Int(information.f_bavail) * unit, Int(information.f_blocks) * unit,
            bytes(in: statusDirectory + "/../journal")
        )
    }

    private func bytes(in directory: String) -> Int {
        guard let handle = opendir(directory) else { return 0 }
        defer { closedir(handle) }
        var sum = 0
        while let entry = Glibc.readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            var status = stat()
            if stat("\(directory)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFREG {
                sum += Int(status.st_size)
            }
        }
        return sum
    }
}
