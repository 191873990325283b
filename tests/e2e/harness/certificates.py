"""A certificate authority of a test's own: certificates, and lists of those that it has revoked, as files."""

import datetime
import ipaddress

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)


def name(common_name):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


class Issued:
    """A certificate with its key: paths of PEM files."""

    def __init__(self, certificate, key, folder, stem):
        self.certificate = certificate
        self.file = folder / f"{stem}.pem"
        self.key_file = folder / f"{stem}.key"
        self.file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        self.key_file.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                                    serialization.NoEncryption()))

    def thumbprint(self):
        return self.certificate.fingerprint(hashes.SHA1()).hex().upper()


class Authority:
    def __init__(self, folder, common_name="Test CA"):
        self.folder = folder
        self.name = name(common_name)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.stem = common_name.replace(" ", "-")
        certificate = self._signed(self.name, self.key, lambda builder: builder.add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True))
        self.issued = Issued(certificate, self.key, folder, self.stem)
        self.file = self.issued.file

    def issue(self, common_name, addresses=(), hosts=()):
        key = ec.generate_private_key(ec.SECP256R1())
        names = [x509.DNSName(host) for host in hosts]
        names += [x509.IPAddress(ipaddress.ip_address(address)) for address in addresses]

        def extend(builder):
            return builder.add_extension(x509.SubjectAlternativeName(names), critical=False) if names else builder

        return Issued(self._signed(name(common_name), key, extend), key, self.folder, f"{self.stem}-{common_name}")

    def write_revocation_list(self, path, revoked=()):
        now = datetime.datetime.now(datetime.timezone.utc)
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.name).last_update(now - DAY).next_update(now + DAY)
        for issued in revoked:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder().serial_number(issued.certificate.serial_number).revocation_date(now - DAY).build())
        path.write_bytes(builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    def _signed(self, subject, key, extend):
        now = datetime.datetime.now(datetime.timezone.utc)
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(self.name).public_key(key.public_key())
        builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - DAY).not_valid_after(now + DAY)
        return extend(builder).sign(self.key, hashes.SHA256())
