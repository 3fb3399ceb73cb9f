//! Which project is meant, and what said so.

use crate::args::TargetArgs;
use crate::failure::Usage;
use certflight_upload::Target;
use certflight_validate::Escaped;

/// The target, and a line about it for people.
pub(crate) struct Resolved {
    pub(crate) target: Target,
    pub(crate) shown: String,
}

/// Takes the flags, else the two variables that the vendor's command line sets together.
pub(crate) fn resolve(args: &TargetArgs) -> Result<Resolved, Usage> {
    let mut parts = Vec::new();
    let (project, account) = match &args.project {
        Some(project) => {
            parts.push(format!("project {} (--project)", Escaped(project)));
            (project.clone(), None)
        }
        None => {
            let (project, account) = from_variables()?;
            parts.push(format!("project {} (VERCEL_PROJECT_ID)", Escaped(&project)));
            (project, Some(account))
        }
    };
    let mut target = Target::new(project).map_err(|error| Usage(format!("the project: {error}")))?;
    if let Some(team) = &args.team {
        parts.push(format!("team {} (--team)", Escaped(team)));
        target = target.team(team).map_err(|error| Usage(format!("--team: {error}")))?;
    } else if let Some(account) = account.filter(|account| account.starts_with("team_") && args.slug.is_none()) {
        // An account that is no team is the token's own and is not named in a request.
        parts.push(format!("team {} (VERCEL_ORG_ID)", Escaped(&account)));
        target = target.team(account).map_err(|error| Usage(format!("VERCEL_ORG_ID: {error}")))?;
    }
    if let Some(slug) = &args.slug {
        parts.push(format!("team {} (--slug)", Escaped(slug)));
        target = target.slug(slug).map_err(|error| Usage(format!("--slug: {error}")))?;
    }
    Ok(Resolved { target, shown: parts.join(", ") })
}

fn from_variables() -> Result<(String, String), Usage> {
    let given = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    match (given("VERCEL_PROJECT_ID"), given("VERCEL_ORG_ID")) {
        (Some(project), Some(account)) => Ok((project, account)),
        (None, None) => {
            Err(Usage("there is no project: name it with --project ID|NAME, or set VERCEL_PROJECT_ID and VERCEL_ORG_ID".into()))
        }
        (Some(_), None) => {
            Err(Usage("VERCEL_PROJECT_ID is set without VERCEL_ORG_ID: set both, or name the project with --project".into()))
        }
        (None, Some(_)) => {
            Err(Usage("VERCEL_ORG_ID is set without VERCEL_PROJECT_ID: set both, or name the project with --project".into()))
        }
    }
}
