//! The project that a request is about.

use std::error::Error;
use std::fmt::{self, Write as _};

/// A project, and the team that it belongs to when that is not the token's own account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    project: String,
    team_id: Option<String>,
    slug: Option<String>,
}

impl Target {
    /// A project by its ID or name.
    ///
    /// Fails when it is blank, and for `.` and `..`: a URL's path cannot carry them, not even percent-encoded (WHATWG URL, "double-dot URL path
    /// segment"), so they would turn into another path.
    pub fn new(project: impl Into<String>) -> Result<Self, TargetError> {
        let project = segment(project.into(), Part::Project)?;
        Ok(Target { project, team_id: None, slug: None })
    }

    /// The team by whichever is at hand: what begins with `team_` is its ID, anything else its URL slug.
    ///
    /// Fails when it is blank, or says otherwise than was said before.
    pub fn team(self, team: impl Into<String>) -> Result<Self, TargetError> {
        let team = team.into();
        if !team.starts_with("team_") {
            return self.slug(team);
        }
        match self.team_id {
            Some(earlier) if earlier != team => Err(TargetError::TwoTeams),
            _ => Ok(Target { team_id: Some(team), ..self }),
        }
    }

    /// The team by its URL slug. It can stand beside the ID.
    ///
    /// Fails when it is blank, or says otherwise than was said before.
    pub fn slug(self, slug: impl Into<String>) -> Result<Self, TargetError> {
        let slug = given(slug.into(), Part::Team)?;
        match self.slug {
            Some(earlier) if earlier != slug => Err(TargetError::TwoTeams),
            _ => Ok(Target { slug: Some(slug), ..self }),
        }
    }

    /// The project's ID or name, as given.
    pub fn project(&self) -> &str {
        &self.project
    }

    /// The team's ID.
    pub fn team_id(&self) -> Option<&str> {
        self.team_id.as_deref()
    }

    /// The team's URL slug.
    pub fn team_slug(&self) -> Option<&str> {
        self.slug.as_deref()
    }

    /// Path and query of the project's client certificates, or of one of them, without the API's base.
    pub(crate) fn path_and_query(&self, certificate: Option<&CertificateId>) -> String {
        let mut out = String::from("/v1/projects/");
        percent_encode(&self.project, &mut out);
        out.push_str("/client-cert");
        if let Some(CertificateId(id)) = certificate {
            out.push('/');
            percent_encode(id, &mut out);
        }
        let parameters = [("teamId", &self.team_id), ("slug", &self.slug)];
        for (position, (name, value)) in
            parameters.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?))).enumerate()
        {
            out.push(if position == 0 { '?' } else { '&' });
            out.push_str(name);
            out.push('=');
            percent_encode(value, &mut out);
        }
        out
    }
}

/// The ID of a certificate, as the API gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateId(String);

impl CertificateId {
    /// Fails when it is blank, which would name all certificates of the project, and for `.` and `..`, as [`Target::new`].
    pub fn new(id: impl Into<String>) -> Result<Self, TargetError> {
        segment(id.into(), Part::Certificate).map(CertificateId)
    }

    /// The ID as given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What can be one segment of a path.
fn segment(text: String, part: Part) -> Result<String, TargetError> {
    let text = given(text, part)?;
    if text == "." || text == ".." { Err(TargetError::DotSegment(part)) } else { Ok(text) }
}

fn given(text: String, part: Part) -> Result<String, TargetError> {
    if text.trim().is_empty() { Err(TargetError::Empty(part)) } else { Ok(text) }
}

/// Encodes everything but the unreserved characters (RFC 3986 section 2.3), so that the text is one path segment or one value, whatever it holds.
fn percent_encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}"); // writing to a String does not fail
        }
    }
}

/// Which part of a [`Target`] an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// The project.
    Project,
    /// The team, by ID or slug.
    Team,
    /// A certificate.
    Certificate,
}

/// Why something is no target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TargetError {
    /// A part is blank.
    Empty(Part),
    /// The project or the certificate is `.` or `..`.
    DotSegment(Part),
    /// Two IDs, or two slugs, were given for the team, and they differ.
    TwoTeams,
}

impl fmt::Display for TargetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TargetError::Empty(Part::Project) => "the project is empty; give its ID (prj_…) or its name",
            TargetError::Empty(Part::Team) => "the team is empty; give its ID (team_…) or its URL slug, or leave it out",
            TargetError::Empty(Part::Certificate) => "the certificate's ID is empty; certflight list gives it",
            TargetError::DotSegment(Part::Certificate) => "no certificate has the ID `.` or `..`; certflight list gives it",
            TargetError::DotSegment(_) => {
                "the project is called `.` or `..`, which the path of a URL cannot carry; give its ID (prj_…)"
            }
            TargetError::TwoTeams => "two different teams were given; give one, by its ID (team_…), its URL slug, or both",
        })
    }
}

impl Error for TargetError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(project: &str) -> String {
        Target::new(project).unwrap().path_and_query(None)
    }

    #[test]
    fn the_project_is_one_segment_whatever_it_holds() {
        for (project, segment) in [
            ("prj_123", "prj_123"),
            ("my-app.v2_x~", "my-app.v2_x~"),
            ("../x", "..%2Fx"),
            ("a/b", "a%2Fb"),
            ("a\\b", "a%5Cb"),
            ("a?b#c", "a%3Fb%23c"),
            ("%2e%2e", "%252e%252e"),
            ("a b+c&d", "a%20b%2Bc%26d"),
            ("müller", "m%C3%BCller"),
            ("...", "..."),
        ] {
            let expected = format!("/v1/projects/{segment}/client-cert");
            assert_eq!(path(project), expected);
            // The URL parser, which knows dot segments, leaves it alone.
            let url = url::Url::parse(&format!("http://127.0.0.1{expected}")).unwrap();
            assert_eq!(url.path(), expected);
        }
    }

    #[test]
    fn dot_segments_and_blanks_are_refused() {
        assert_eq!(Target::new("."), Err(TargetError::DotSegment(Part::Project)));
        assert_eq!(Target::new(".."), Err(TargetError::DotSegment(Part::Project)));
        assert_eq!(CertificateId::new(".."), Err(TargetError::DotSegment(Part::Certificate)));
        assert_eq!(CertificateId::new(" "), Err(TargetError::Empty(Part::Certificate)));
        assert_eq!(Target::new(""), Err(TargetError::Empty(Part::Project)));
        assert_eq!(Target::new(" \t"), Err(TargetError::Empty(Part::Project)));
        let target = || Target::new("app").unwrap();
        assert_eq!(target().team(""), Err(TargetError::Empty(Part::Team)));
        assert_eq!(target().slug(" "), Err(TargetError::Empty(Part::Team)));
    }

    #[test]
    fn a_certificate_is_one_segment_before_the_query() {
        let target = Target::new("app").unwrap().team("team_1").unwrap();
        let path = |id| target.path_and_query(Some(&CertificateId::new(id).unwrap()));
        assert_eq!(path("cert_1"), "/v1/projects/app/client-cert/cert_1?teamId=team_1");
        assert_eq!(path("../a?b"), "/v1/projects/app/client-cert/..%2Fa%3Fb?teamId=team_1");
    }

    #[test]
    fn a_team_is_an_id_or_a_slug() {
        let target = || Target::new("app").unwrap();
        let query = |target: Target| target.path_and_query(None).split_once('?').unwrap().1.to_owned();
        assert_eq!(query(target().team("team_1").unwrap()), "teamId=team_1");
        assert_eq!(query(target().team("acme").unwrap()), "slug=acme");
        assert_eq!(query(target().team("team_1").unwrap().slug("acme").unwrap()), "teamId=team_1&slug=acme");
        assert_eq!(query(target().slug("team_x&y=z").unwrap()), "slug=team_x%26y%3Dz");
    }

    #[test]
    fn teams_that_contradict_are_refused() {
        let target = || Target::new("app").unwrap();
        assert_eq!(target().team("acme").unwrap().slug("other"), Err(TargetError::TwoTeams));
        assert_eq!(target().team("team_1").unwrap().team("team_2"), Err(TargetError::TwoTeams));
        assert!(target().team("acme").unwrap().slug("acme").is_ok());
    }
}
