/// The servers of one cluster, and the credentials for them.
package struct ServerAddress: Sendable {
    /// `nats://HOST:PORT`, or `tls://HOST:PORT`; one for each server. The library finds the others of the cluster.
    package var urls: [String]
    /// A file with a user's JWT and seed, as `nsc generate creds` writes it.
    package var credentialsFile: String?
    /// A PEM file of certificates to trust; `nil` for the system's.
    package var certificateFile: String?

    package init(urls: [String], credentialsFile: String? = nil, certificateFile: String? = nil) {
        self.urls = urls
        self.credentialsFile = credentialsFile
        self.certificateFile = certificateFile
    }
}
