import CCurl

/// The C handle behind a client, closed when client and wake-up handles have all let go.
///
/// Unchecked: everything but `curl_multi_wakeup` is called by the client, on its one thread, and the manual
/// allows that one from any.
final class Multi: @unchecked Sendable {
    let handle: UnsafeMutableRawPointer

    private static let library: Void = {
        let status = curl_global_init(Int(CURL_GLOBAL_DEFAULT))
        precondition(status == CURLE_OK, "unable to set up libcurl")
    }()

    init() {
        Self.library
        guard let handle = curl_multi_init() else { fatalError("libcurl is out of memory") }
        self.handle = handle
    }

    deinit {
        curl_multi_cleanup(handle)
    }

    func set(_ option: CURLMoption, _ value: Int) {
        let status = pm_curl_multi_set_long(handle, option, value)
        precondition(status == CURLM_OK, "libcurl lacks an option that we rely on")
    }
}

/// Ends the wait of an ``HTTPClient`` from any thread.
package struct WakeUp: Sendable {
    let multi: Multi

    /// Makes the wait that is going on, or the next one, return at once.
    ///
    /// The corresponding C function is `curl_multi_wakeup`.
    package func callAsFunction() {
        curl_multi_wakeup(multi.handle)
    }
}
